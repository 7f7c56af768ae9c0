import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, join, normalize, relative, sep } from "node:path";
import ts from "typescript";
import type { Import } from "../../lint/import-table.ts";

const folders = [
  "bin",
  "config",
  "lib",
  "charts",
  "runtime",
  "embed",
  "contract",
  "cli",
  "local",
  "content",
  "examples",
  "verify",
];

/** Every TypeScript file below the folders of the map, as paths of the repository. */
export function sources(root: string): string[] {
  const found: string[] = [];
  const walk = (folder: string): void => {
    for (const name of readdirSync(folder)) {
      if (name === "node_modules" || name.startsWith(".")) continue;
      const path = join(folder, name);
      if (statSync(path).isDirectory()) walk(path);
      else if (/\.m?ts$/.test(name)) found.push(relative(root, path).split(sep).join("/"));
    }
  };
  for (const folder of folders) {
    if (statSync(join(root, folder), { throwIfNoEntry: false })?.isDirectory()) walk(join(root, folder));
  }
  return found.sort();
}

function specifiers(file: string, text: string): { specifier: string; typeOnly: boolean }[] {
  const found: { specifier: string; typeOnly: boolean }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.importClause?.isTypeOnly ?? false });
    } else if (ts.isExportDeclaration(node) && node.moduleSpecifier && ts.isStringLiteral(node.moduleSpecifier)) {
      found.push({ specifier: node.moduleSpecifier.text, typeOnly: node.isTypeOnly });
    } else if (
      ts.isImportTypeNode(node) &&
      ts.isLiteralTypeNode(node.argument) &&
      ts.isStringLiteral(node.argument.literal)
    ) {
      found.push({ specifier: node.argument.literal.text, typeOnly: true });
    } else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      const [argument] = node.arguments;
      if (argument && ts.isStringLiteral(argument)) found.push({ specifier: argument.text, typeOnly: false });
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true));
  return found;
}

/** The imports of one file, relative ones resolved to paths of the repository. */
export function importsOf(file: string, text: string): Import[] {
  return specifiers(file, text).map(({ specifier, typeOnly }) => {
    const ours = specifier.startsWith(".");
    const target = ours
      ? normalize(join(dirname(file), specifier))
          .split(sep)
          .join("/")
      : specifier;
    return { file, target, ours, typeOnly };
  });
}

export function importsUnder(root: string): Import[] {
  return sources(root).flatMap((file) => importsOf(file, readFileSync(join(root, file), "utf8")));
}
