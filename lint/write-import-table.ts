// npm run imports:write: prints lint/imports.json into ARCHITECTURE.md.
import { readFileSync, writeFileSync } from "node:fs";
import { importTable } from "./import-table.ts";

const page = new URL("../ARCHITECTURE.md", import.meta.url);

/** Puts the table between its two markers; throws when the page has no markers. */
export function withImportTable(text: string): string {
  const marked = /(?<=<!-- import-table:begin -->\n)[\s\S]*(?=\n<!-- import-table:end -->)/;
  if (!marked.test(text)) throw new Error("ARCHITECTURE.md has no lines import-table:begin and import-table:end");
  return text.replace(marked, () => importTable());
}

if (process.argv[1] === import.meta.filename) {
  writeFileSync(page, withImportTable(readFileSync(page, "utf8")));
}
