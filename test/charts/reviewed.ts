import { stringify } from "yaml";
import { spelledOut } from "../support/spelled-out.ts";

/** Keys sorted, JSON spelled out, objects by kind and name, checksums as a word: a diff shows what changed and nothing else. */
export function reviewed(manifests: readonly unknown[]): string {
  return manifests
    .map((manifest) =>
      stringify(spelledOut(manifest, { hasText: true }), {
        sortMapEntries: true,
        lineWidth: 0,
        aliasDuplicateObjects: false,
      }),
    )
    .map((text) => text.replace(/(config-checksum: )"?[0-9a-f]{64}"?/g, "$1CHECKSUM"))
    .sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .join("---\n");
}

function order(text: string): string {
  const found = (pattern: RegExp): string => pattern.exec(text)?.[1] ?? "";
  return [/^kind: (.*)$/m, /^ {2}namespace: (.*)$/m, /^ {2}name: (.*)$/m].map(found).join("/");
}
