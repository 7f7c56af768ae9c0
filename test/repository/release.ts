import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../support/workshop.ts";

/** The facts that a release is made from. */
export interface Candidate {
  /** package.json's version. */
  readonly version: string;
  /** The version in superset/pyproject.toml. */
  readonly pythonVersion: string;
  readonly changelog: string;
  /** Paths that differ from HEAD or are not committed. */
  readonly changed: readonly string[];
  /** The tag to release; undefined when HEAD has none. */
  readonly tag: string | undefined;
  /** Today, as YYYY-MM-DD. */
  readonly today: string;
}

/** One version's part of the changelog. */
interface Section {
  /** The text in the heading's brackets: a date, or "unreleased". */
  readonly state: string;
  readonly body: string;
}

function section(changelog: string, version: string): Section | undefined {
  const parts = changelog.split(/^## /m).slice(1);
  for (const part of parts) {
    const [heading = "", ...lines] = part.split("\n");
    const found = /^(\S+) \((.+)\)$/.exec(heading.trim());
    if (found?.[1] === version) return { state: found[2] ?? "", body: lines.join("\n").trim() };
  }
  return undefined;
}

function isDate(text: string): boolean {
  const date = /^\d{4}-\d{2}-\d{2}$/.test(text) ? new Date(`${text}T00:00:00Z`) : undefined;
  return date !== undefined && !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text);
}

function changelogProblems({ changelog, version, today }: Candidate): string[] {
  const found = section(changelog, version);
  const wanted = `## ${version} (${today})`;
  if (found === undefined) return [`CHANGELOG.md has no section for ${version}; add "${wanted}".`];
  const problems: string[] = [];
  if (!isDate(found.state)) problems.push(`CHANGELOG.md dates ${version} "${found.state}"; write a day: "${wanted}".`);
  else if (found.state > today)
    problems.push(`CHANGELOG.md dates ${version} ${found.state}, which is after today, ${today}.`);
  if (found.body === "") problems.push(`CHANGELOG.md says nothing about ${version}; list what its users get.`);
  if (!/^### Upgrading$/m.test(found.body))
    problems.push(
      `CHANGELOG.md's section for ${version} has no "### Upgrading"; write what operators do, or "Nothing to do.".`,
    );
  return problems;
}

/** Everything that stands against this release, one sentence each; empty when it can go out. */
export function releaseProblems(candidate: Candidate): string[] {
  const { version, pythonVersion, changed, tag } = candidate;
  const problems = changelogProblems(candidate);
  if (!/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version))
    problems.push(`package.json's version is "${version}"; it must be MAJOR.MINOR.PATCH (semver.org).`);
  if (pythonVersion !== version)
    problems.push(
      `superset/pyproject.toml has version "${pythonVersion}", package.json "${version}"; they are released together.`,
    );
  if (changed.length > 0)
    problems.push(
      `The work tree is not clean: ${changed.slice(0, 5).join(", ")}${changed.length > 5 ? ", …" : ""}. Commit or remove it.`,
    );
  if (tag === undefined) problems.push(`HEAD has no tag; when nothing else is left, run: git tag --sign v${version}`);
  else if (tag !== `v${version}`) problems.push(`The tag is "${tag}"; package.json's version asks for "v${version}".`);
  return problems;
}

/**
 * The text of a version's section of the changelog.
 *
 * @throws Error when there is none.
 */
export function releaseNotes(changelog: string, version: string): string {
  const found = section(changelog, version);
  if (found === undefined) throw new Error(`CHANGELOG.md has no section for ${version}.`);
  return found.body;
}

function git(...args: string[]): string[] {
  return execFileSync("git", args, { cwd: root, encoding: "utf8" })
    .split("\n")
    .filter((line) => line !== "");
}

function read(file: string): string {
  return readFileSync(join(root, file), "utf8");
}

function candidate(named: string | undefined): Candidate {
  const manifest = JSON.parse(read("package.json")) as { version: string };
  return {
    version: manifest.version,
    pythonVersion: /^version = "(.+)"$/m.exec(read("superset/pyproject.toml"))?.[1] ?? "",
    changelog: read("CHANGELOG.md"),
    changed: git("status", "--porcelain").map((line) => line.slice(3)),
    tag: named ?? git("tag", "--points-at", "HEAD", "v*")[0],
    today: new Date().toISOString().slice(0, 10),
  };
}

function main(): void {
  const { values } = parseArgs({ options: { tag: { type: "string" }, notes: { type: "boolean", default: false } } });
  const found = candidate(values.tag);
  if (values.notes) {
    console.log(releaseNotes(found.changelog, found.version));
    return;
  }
  const problems = releaseProblems(found);
  for (const problem of problems) console.error(`✗ ${problem}`);
  if (problems.length === 0) console.log(`✓ ${found.tag ?? ""} can be released`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}

if (process.argv[1] === import.meta.filename) {
  try {
    main();
  } catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
  }
}
