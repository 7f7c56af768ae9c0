import { describe, expect, it } from "@jest/globals";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expecting } from "../support/expecting.ts";

const root = join(import.meta.dirname, "../..");

/** Words that begin half a sentence: a reader must know the name below to parse it. */
const elliptic = /^(?:Of|What|Who|Whoever|Whose|Else|Nor|Neither|By|As|In|From|Which|No|Only|For|So many)\b/;

/** The doc comments of a TypeScript text or the docstrings of a Python text, each with its line; texts in code are none. */
function docsIn(file: string, text: string): { readonly line: number; readonly doc: string }[] {
  const pattern = file.endsWith(".py") ? /"""([\s\S]*?)"""/g : /\/\*\*([\s\S]*?)\*\//g;
  return [...text.matchAll(pattern)].flatMap(({ index, 1: doc = "" }) => {
    const lines = text.slice(0, index).split("\n");
    if (lines.at(-1)?.trim() !== "") return [];
    return [{ line: lines.length, doc: doc.replace(/\s*\n\s*(?:\*\s?)?/g, " ").trim() }];
  });
}

const ellipticIn = (file: string, text: string): string[] =>
  docsIn(file, text)
    .filter(({ doc }) => elliptic.test(doc))
    .map(({ line, doc }) => `${file}:${line}: ${doc}`);

describe("doc comments", () => {
  const listed = spawnSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.mjs", "*.py"], {
    cwd: root,
    encoding: "utf8",
  });
  const files = listed.stdout.split("\n").filter((file) => file !== "");

  it("are sentences that begin with a noun or a verb", () => {
    expecting(`git ls-files ended with ${listed.status}: ${listed.stderr}`, files.length).toBeGreaterThan(500);
    expect(files.flatMap((file) => ellipticIn(file, readFileSync(join(root, file), "utf8")))).toStrictEqual([]);
  });

  it.each([
    ["a.ts", "/** Of the role that authors query as. */"],
    ["a.ts", "const a = 1;\n/**\n * What the guest may see.\n */"],
    ["a.ts", "/** Whoever the guest is. */"],
    ["a.ts", "/** Else it asks again. */"],
    ["a.py", 'LIMIT = 1\n"""So many rows of one query."""'],
    ["a.py", 'def rows():\n    """Nor may a guest.\n\n    More.\n    """'],
  ])("are refused in %s when they are half a sentence: %j", (file, text) => {
    expect(ellipticIn(file, text)).toHaveLength(1);
  });

  it.each([
    ["a.ts", "/** Offers a list. */"],
    ["a.ts", "/** Returns what the guest may see. */"],
    ["a.py", '"""The most rows of one query."""'],
  ])("are accepted in %s when they are sentences: %j", (file, text) => {
    expect(ellipticIn(file, text)).toStrictEqual([]);
  });
});
