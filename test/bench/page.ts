import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { root } from "../support/workshop.ts";

const file = join(root, "docs/benchmarks.md");
const opening = `# Benchmarks

Written by \`npm run bench\`; every section is of one run on one machine and says when.
`;

export interface Row {
  readonly what: string;
  readonly figure: string;
}

/** Day and machine of a measurement. */
export function dayAndMachine(): string {
  const [cpu] = cpus();
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? "unknown"}), ${(totalmem() / 2 ** 30).toFixed(0)} GiB, Node ${process.version}`;
  return `${new Date().toISOString().slice(0, 10)}, ${machine}.`;
}

/** Puts one section in the place of the last one with its title; the other sections stay. */
export function writeSection(title: string, rows: readonly Row[], notes: readonly string[] = []): void {
  const section = [
    `## ${title}`,
    "",
    ...[dayAndMachine(), ...notes],
    "",
    "| what | measured |",
    "|---|---|",
    ...rows.map(({ what, figure }) => `| ${what} | ${figure} |`),
    "",
  ].join("\n");
  const others = sections().filter((text) => !text.startsWith(`## ${title}\n`));
  writeFileSync(file, [opening, ...[...others, section].sort()].join("\n"));
}

function sections(): string[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, "utf8")
    .split(/^(?=## )/m)
    .slice(1)
    .map((text) => `${text.trimEnd()}\n`);
}
