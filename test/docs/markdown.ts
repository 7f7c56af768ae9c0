import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { root } from "../cli/homeroom.ts";

/** One line of a page, with what surrounds it. */
export interface Line {
  readonly number: number;
  readonly text: string;
  /** Inside a fenced block, the fence's own lines included. */
  readonly code: boolean;
}

export interface Link {
  readonly line: number;
  /** Path of the file from the top of the repository; the page itself for a link such as `#words`. */
  readonly file: string;
  /** Without `#`; empty when the link names none. */
  readonly anchor: string;
}

const folders = ["docs", "embed", "examples", ".github"];

/** Every Markdown page of the repository, by its path from the top. */
export function pages(): string[] {
  const top = readdirSync(root).filter((name) => name.endsWith(".md"));
  return [...top, ...folders.flatMap(markdownUnder)].sort();
}

function markdownUnder(folder: string): string[] {
  return readdirSync(root, { withFileTypes: true }).some(({ name }) => name === folder)
    ? readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".md") && !name.includes("node_modules"))
        .map((name) => join(folder, name))
    : [];
}

export function linesOf(page: string): Line[] {
  let code = false;
  return readFileSync(join(root, page), "utf8")
    .split("\n")
    .map((text, index) => {
      const fence = text.trimStart().startsWith("```");
      const inside = code || fence;
      if (fence) code = !code;
      return { number: index + 1, text, code: inside };
    });
}

/** Headings with the anchor that GitHub gives them. */
export function headingsOf(page: string): { readonly level: number; readonly anchor: string }[] {
  return linesOf(page).flatMap(({ text, code }) => {
    const [, marks, title] = code ? [] : (/^(#+) (.+)$/.exec(text) ?? []);
    return marks === undefined || title === undefined ? [] : [{ level: marks.length, anchor: anchorOf(title) }];
  });
}

/** github.com/Flet/github-slugger: lower case, letters, digits, hyphens and underscores; spaces become hyphens. */
function anchorOf(title: string): string {
  return title
    .replace(/\[([^\]]*)\]\([^)]*\)/g, "$1")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, "")
    .replace(/\s/g, "-");
}

/** Links of a page to files and headings of the repository; code and the internet are left out. */
export function linksOf(page: string): Link[] {
  return linesOf(page)
    .filter(({ code }) => !code)
    .flatMap(({ text, number }) =>
      [...text.replace(/`[^`]*`/g, "").matchAll(/\]\(([^)\s]+)\)/g)].map(([, target = ""]) => ({ number, target })),
    )
    .filter(({ target }) => !/^[a-z]+:/.test(target))
    .map(({ number, target }) => {
      const [path = "", anchor = ""] = target.split("#");
      return { line: number, file: path === "" ? page : normalize(join(dirname(page), path)), anchor };
    });
}
