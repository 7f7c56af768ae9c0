import { describe, expect, it } from "@jest/globals";
import { type Candidate, releaseNotes, releaseProblems } from "./release.ts";

const changelog = `# Changelog

## 1.3.0 (unreleased)
- Something next.

## 1.2.0 (2026-11-24)
- A thing.

### Upgrading
Deploy \`data\` first.

## 1.1.0 (2026-10-01)
- An old thing.
`;
const good: Candidate = {
  version: "1.2.0",
  pythonVersion: "1.2.0",
  changelog,
  changed: [],
  tag: "v1.2.0",
  today: "2026-11-25",
};
const dated = (text: string): string => changelog.replace("(2026-11-24)", text);

describe("release:check", () => {
  it("lets a tagged, dated and clean release out", () => expect(releaseProblems(good)).toEqual([]));
  it("takes today's date and a version before a release", () => {
    expect(releaseProblems({ ...good, changelog: dated("(2026-11-25)") })).toEqual([]);
    const version = "1.2.0-rc.1";
    const early = {
      version,
      pythonVersion: version,
      tag: `v${version}`,
      changelog: changelog.replace("1.2.0", version),
    };
    expect(releaseProblems({ ...good, ...early })).toEqual([]);
  });

  const bad: Record<string, [Partial<Candidate>, RegExp]> = {
    "a changed work tree": [{ changed: ["lib/platform.ts"] }, /not clean: lib\/platform\.ts\./],
    "no tag": [{ tag: undefined }, /HEAD has no tag.*git tag --sign v1\.2\.0/],
    "another version's tag": [{ tag: "v1.1.0" }, /"v1\.1\.0".*"v1\.2\.0"/],
    "a tag without v": [{ tag: "1.2.0" }, /asks for "v1\.2\.0"/],
    "an undated section": [{ changelog: dated("(unreleased)") }, /"unreleased"; write a day/],
    "a heading without brackets": [{ changelog: dated("") }, /no section for 1\.2\.0/],
    "a day that does not exist": [{ changelog: dated("(2026-02-30)") }, /"2026-02-30"; write a day/],
    "a month that does not exist": [{ changelog: dated("(2026-13-01)") }, /"2026-13-01"; write a day/],
    "a day after today": [{ changelog: dated("(2026-11-26)") }, /after today, 2026-11-25/],
    "no upgrade note": [{ changelog: changelog.replace("### Upgrading", "###") }, /"### Upgrading"/],
    "a Python package of another version": [
      { pythonVersion: "1.1.0" },
      /superset\/pyproject\.toml has version "1\.1\.0"/,
    ],
  };
  for (const [name, [change, message]] of Object.entries(bad)) {
    it(`refuses ${name}`, () => {
      const problems = releaseProblems({ ...good, ...change });
      expect(problems).toEqual([expect.stringMatching(message)]);
    });
  }

  it("refuses a version without a section, and one that is none", () => {
    expect(releaseProblems({ ...good, changelog: "# Changelog\n" })).toContainEqual(
      expect.stringMatching(/no section for 1\.2\.0; add/),
    );
    expect(releaseProblems({ ...good, version: "next" })).toContainEqual(expect.stringMatching(/MAJOR\.MINOR\.PATCH/));
  });
});

describe("release:notes", () => {
  it("are one version's section", () => {
    expect(releaseNotes(changelog, "1.2.0")).toBe("- A thing.\n\n### Upgrading\nDeploy `data` first.");
  });
  it("need a section", () => expect(() => releaseNotes(changelog, "9.0.0")).toThrow(/no section for 9\.0\.0/));
});
