import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../support/workshop.ts";

const readme = readFileSync(join(root, "embed/README.md"), "utf8");

/** A snippet of embed/README.md by the file's name behind its opening fence. */
export function snippet(name: string): string {
  const [, indent, code] =
    new RegExp(`^( *)\`\`\`ts ${name.replace(".", "\\.")}\\n(.*?)^ *\`\`\`$`, "ms").exec(readme) ?? [];
  if (indent === undefined || code === undefined) throw new Error(`embed/README.md: no snippet is called ${name}`);
  return code.replaceAll(new RegExp(`^${indent}`, "gm"), "");
}
