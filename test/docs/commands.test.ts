import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import manifest from "../../package.json" with { type: "json" };
import { homeroom, root } from "../cli/homeroom.ts";
import { pages } from "./markdown.ts";
import { expecting } from "../support/expecting.ts";

const text = new Map(pages().map((page) => [page, readFileSync(join(root, page), "utf8")]));

function mentioned(pattern: RegExp): { readonly page: string; readonly found: RegExpMatchArray }[] {
  return [...text].flatMap(([page, body]) => [...body.matchAll(pattern)].map((found) => ({ page, found })));
}

/** Options of a command, from its own help. */
async function optionsOf(words: readonly string[]): Promise<string> {
  const { code, out } = await homeroom(...words, "--help");
  expecting(`homeroom ${words.join(" ")} is no command`, code).toBe(0);
  return out;
}

describe("commands in the documents", () => {
  it("are scripts of package.json", () => {
    const scripts = mentioned(/npm (?:run )?(test:[a-z]+|test|start|run [a-z:]+|(?<=run )[a-z:]+)/g);
    expect(scripts.length).toBeGreaterThan(10);
    for (const { page, found } of scripts) {
      const name = (found[1] ?? "").replace(/^run /, "");
      expecting(`${page}: npm run ${name}`, manifest.scripts).toHaveProperty([name]);
    }
  });

  it("are commands of homeroom, with options that they take", async () => {
    const lines = mentioned(/npx homeroom ([a-z][^\n`|#]*)/g);
    expect(lines.length).toBeGreaterThan(15);
    for (const { page, found } of lines) {
      const words = (found[1] ?? "").trim().split(/\s+/);
      const path: string[] = [];
      let help = await optionsOf([]);
      for (const word of words) {
        if (!new RegExp(`^ {2}${word}\\b`, "m").test(help.slice(help.indexOf("Commands:")))) break;
        path.push(word);
        help = await optionsOf(path);
        if (!help.includes("Commands:")) break;
      }
      expecting(`${page}: homeroom ${words.join(" ")}`, path.length).toBeGreaterThan(0);
      for (const option of words.filter((word) => /^--[a-z]/.test(word))) {
        expecting(`${page}: homeroom ${path.join(" ")} has no ${option}`, help).toContain(option);
      }
    }
  });

  it("name files and folders that exist", () => {
    const tops = "bin|charts|cli|config|content|contract|docs|embed|examples|lib|local|runtime|superset|test";
    const files = mentioned(new RegExp(`\`((?:${tops})/[A-Za-z0-9_./-]*[A-Za-z0-9/])\``, "g"));
    expect(files.length).toBeGreaterThan(100);
    const lost = files
      .map(({ page, found }) => ({ page, file: found[1] ?? "" }))
      .filter(({ page, file }) => page !== "CHANGELOG.md" && !existsSync(join(root, file)))
      .map(({ page, file }) => `${page}: ${file}`);
    expect(lost).toStrictEqual([]);
  });
});

describe("docs/operations.md", () => {
  const page = text.get(join("docs", "operations.md")) ?? "";

  it("names every stack of prod", () => {
    for (const file of readdirSync(join(root, "test/golden/stacks/prod")).filter((name) => name.endsWith(".json"))) {
      const stack = file.replace(/\.json$/, "").replace(/^tenant-.*/, "tenant-…");
      expecting(stack, page).toContain(stack);
    }
  });

  const golden = (name: string): string => readFileSync(join(root, "test/golden/stacks", name), "utf8");

  it("deploys stacks that there are", () => {
    const named = [...page.matchAll(/homeroom-prod-ap-southeast-\d-([a-z-]+)/g)].map(([, subject = ""]) => subject);
    expect(named.length).toBeGreaterThanOrEqual(4);
    const subjects = ["prod", "instances"].flatMap((folder) => readdirSync(join(root, "test/golden/stacks", folder)));
    for (const subject of named) expecting(subject, subjects).toContain(`${subject}.json`);
  });

  it("names secrets that the stacks make", () => {
    const made = ["identity", "data", "addons", "tenant-south"].map((subject) => golden(`prod/${subject}.json`)).join();
    const named = new Set(
      [...page.matchAll(/homeroom\/prod\/((?:tenant\/west\/)?[a-z-]+)/g)].map(([, name = ""]) => name),
    );
    expect(named.size).toBeGreaterThanOrEqual(6);
    for (const name of named) {
      expecting(name, made).toContain(`"homeroom/prod/${name.replace("tenant/west", "tenant/south")}"`);
    }
  });

  it("names stateful resources that the golden table holds", () => {
    const stateful = readFileSync(join(root, "test/golden/stacks/prod/stateful.txt"), "utf8");
    for (const id of [
      "ArchiveBucket",
      "SealingKey",
      "DatabaseInstance",
      "MetadataInstance",
      "SecretKey",
      "SigningKeys",
    ]) {
      expecting(id, page).toContain(id);
      expecting(id, stateful).toContain(id);
    }
  });
});
