import { dirname, join, relative, sep } from "node:path";
import type { Rule } from "eslint";
import { refusal } from "./import-table.ts";

/** An import, export or import type as the TypeScript parser gives it; ESLint's own types do not know all of them. */
interface Importing {
  readonly source?: { readonly value?: unknown } | null;
  readonly importKind?: string;
  readonly exportKind?: string;
  readonly type: string;
}

/** The ESLint rule that holds the table of lint/imports.json. */
export const importRule: Rule.RuleModule = {
  meta: { type: "problem", schema: [] },
  create(context) {
    const path = (absolute: string): string => relative(context.cwd, absolute).split(sep).join("/");
    const file = path(context.filename);
    const check = (node: Rule.Node): void => {
      const { source, importKind, exportKind, type } = node as unknown as Importing;
      if (typeof source?.value !== "string") return;
      const ours = source.value.startsWith(".");
      const target = ours ? path(join(dirname(context.filename), source.value)) : source.value;
      const typeOnly = importKind === "type" || exportKind === "type" || type === "TSImportType";
      const message = refusal({ file, target, ours, typeOnly });
      if (message !== undefined) context.report({ node, message });
    };
    return {
      ImportDeclaration: check,
      ExportNamedDeclaration: check,
      ExportAllDeclaration: check,
      ImportExpression: check,
      TSImportType: check,
    };
  },
};
