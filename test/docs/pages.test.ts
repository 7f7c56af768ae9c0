import { existsSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { root } from "../cli/homeroom.ts";
import { headingsOf, linesOf, linksOf, pages } from "./markdown.ts";
import { expecting } from "../support/expecting.ts";

const longest = 120;
/** Lines of two screens; a page of more begins with its contents. */
const twoScreens = 80;

const all = pages();

/** Returns what a reader sees of a line: a link's address does not count, nor does a bare one. */
const shown = (text: string): string => text.replace(/\]\([^)]*\)/g, "]").replace(/https?:\/\/\S+/g, "");

const isTable = (text: string): boolean => text.trimStart().startsWith("|");

/** The SQL of row-level security is printed as PostgreSQL gets it. */
const isPrintedSql = (page: string, text: string): boolean =>
  page === "docs/security/policy.md" && text.startsWith("create policy ");

describe("pages", () => {
  it("are all found", () => {
    for (const page of ["README.md", "docs/operations.md", "docs/adr/README.md"]) expecting(page, all).toContain(page);
  });

  it(`have no line over ${longest} characters, tables and addresses excepted`, () => {
    const long = all.flatMap((page) =>
      linesOf(page)
        .filter(({ text }) => shown(text).length > longest && !isTable(text) && !isPrintedSql(page, text))
        .map(({ number, text }) => `${page}:${number}: ${shown(text).length} characters; break it after a comma`),
    );
    expect(long).toStrictEqual([]);
  });

  it("begin each sentence on a line of its own", () => {
    const crowded = all.flatMap((page) =>
      linesOf(page)
        .filter(({ text, code }) => !code && !isTable(text))
        .map(({ number, text }) => ({ number, text: text.replace(/`[^`]*`/g, "x").replace(/^\s*\d+\. /, "") }))
        .filter(({ text }) => /[a-z)"”*`][.!?](\*\*)? +[A-Z[“"*]/.test(text))
        .map(({ number, text }) => `${page}:${number}: ${text.trim()}`),
    );
    expect(crowded).toStrictEqual([]);
  });

  it("of more than two screens begin with links to all their sections", () => {
    const lost = all
      .filter((page) => linesOf(page).length > twoScreens)
      .flatMap((page) => {
        const lines = linesOf(page);
        const first = lines.find(({ text, code }) => !code && text.startsWith("## "))?.number ?? lines.length;
        const linked = new Set(
          linksOf(page)
            .filter(({ line, file }) => line < first && file === page)
            .map(({ anchor }) => anchor),
        );
        return headingsOf(page)
          .filter(({ level, anchor }) => level === 2 && !linked.has(anchor))
          .map(({ anchor }) => `${page}: "Contents" before the first section does not link #${anchor}`);
      });
    expect(lost).toStrictEqual([]);
  });

  it("link to files and headings that exist", () => {
    const dead = all.flatMap((page) =>
      linksOf(page)
        .filter(({ file, anchor }) => !resolves(file, anchor))
        .map(({ line, file, anchor }) => `${page}:${line}: ${file}${anchor === "" ? "" : `#${anchor}`}`),
    );
    expecting("the search for links finds nothing", all.flatMap(linksOf).length).toBeGreaterThan(50);
    expect(dead).toStrictEqual([]);
  });
});

function resolves(file: string, anchor: string): boolean {
  if (!existsSync(join(root, file))) return false;
  if (anchor === "") return true;
  if (statSync(join(root, file)).isDirectory() || !file.endsWith(".md")) return false;
  return (
    headingsOf(file).some((heading) => heading.anchor === anchor) ||
    readFileSync(join(root, file), "utf8").includes(`<a id="${anchor}">`)
  );
}
