import { describe, expect, it } from "@jest/globals";
import { dirname, join } from "node:path";
import { importsOf, importsUnder } from "./imports.ts";

const root = join(import.meta.dirname, "../..");
type Arrow = readonly [from: string, to: string];

/** Groups of names that reach each other by arrows: Tarjan's strongly connected components of more than one name. */
function circles(arrows: readonly Arrow[]): string[][] {
  const next = new Map<string, Set<string>>();
  for (const [from, to] of arrows) next.set(from, (next.get(from) ?? new Set()).add(to));
  const index = new Map<string, number>();
  const stack: string[] = [];
  const found: string[][] = [];
  const visit = (name: string): number => {
    const began = index.size;
    index.set(name, began);
    let lowest = began;
    stack.push(name);
    for (const other of next.get(name) ?? []) {
      if (!index.has(other)) lowest = Math.min(lowest, visit(other));
      else if (stack.includes(other)) lowest = Math.min(lowest, index.get(other) ?? lowest);
    }
    if (lowest === began) {
      const group = stack.splice(stack.indexOf(name));
      if (group.length > 1) found.push(group.sort());
    }
    return lowest;
  };
  for (const name of next.keys()) if (!index.has(name)) visit(name);
  return found;
}

/** Entries of processes compose what they need from everywhere and are imported by nobody. */
const isEntry = (file: string): boolean => /\.(?:lambda|service)\.ts$/.test(file);

/** The folder of a file; the files at the top of lib/ are counted one by one, since they stand above and below the subjects. */
function folderOf(file: string): string {
  const folder = dirname(file);
  return folder === "lib" || isEntry(file) ? file : folder;
}

const ours = importsUnder(root).filter(({ ours, target }) => ours && target.endsWith(".ts"));
const files = ours.map(({ file, target }): Arrow => [file, target]);
const folders = files
  .map(([file, target]): Arrow => [folderOf(file), folderOf(target)])
  .filter(([from, to]) => from !== to);

describe("imports", () => {
  it("make no circle of files, not even by types", () => {
    expect(circles(files)).toStrictEqual([]);
  });

  it("make no circle of folders", () => {
    expect(circles(folders)).toStrictEqual([]);
  });

  it("never lead to the entry of a process", () => {
    expect(files.filter(([, target]) => isEntry(target))).toStrictEqual([]);
  });

  it("are searched for circles of every length", () => {
    const arrows = (...lines: [string, string][]): Arrow[] =>
      lines.flatMap(([file, text]) => importsOf(file, text).map(({ target }): Arrow => [file, target]));
    const two = arrows(["a/a.ts", `import type { B } from "./b.ts";`], ["a/b.ts", `export { a } from "./a.ts";`]);
    const three = arrows(
      ["a/a.ts", `import "./b.ts";`],
      ["a/b.ts", `await import("./c.ts");`],
      ["a/c.ts", `let a: import("./a.ts").A;`],
      ["a/d.ts", `import "./a.ts";`],
    );
    expect(circles(two)).toStrictEqual([["a/a.ts", "a/b.ts"]]);
    expect(circles(three)).toStrictEqual([["a/a.ts", "a/b.ts", "a/c.ts"]]);
    expect(circles(three.slice(1))).toStrictEqual([]);
  });
});
