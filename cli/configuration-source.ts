import ts from "typescript";
import { UsageError } from "./usage-error.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** A value to add at the end of a list. The list is named by the path of the blocks around it. */
export interface Addition {
  readonly list: readonly (string | { readonly id: string })[];
  readonly value: Json;
}

/** Adds values at the end of lists in the text of a TypeScript configuration, and leaves everything else as written. */
export function addToSource(file: string, text: string, additions: readonly Addition[]): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const insertions = additions.map(({ list, value }) => ({
    at: findEndOfList(file, source, list),
    value: writeLiteral(value),
  }));
  return insertions
    .sort((left, right) => right.at.position - left.at.position)
    .reduce(
      (result, { at, value }) =>
        `${result.slice(0, at.position)}${at.comma ? ", " : ""}${value}${result.slice(at.position)}`,
      text,
    );
}

interface InsertionPoint {
  readonly position: number;
  readonly comma: boolean;
}

function findEndOfList(file: string, source: ts.SourceFile, list: Addition["list"]): InsertionPoint {
  const name = list.map((part) => (typeof part === "string" ? part : `"${part.id}"`)).join(".");
  let node = findExport(source);
  for (const part of list)
    node = node && (typeof part === "string" ? findMember(node, part) : findEntry(node, part.id));
  const elements = node && unwrap(node);
  if (elements === undefined || !ts.isArrayLiteralExpression(elements)) {
    throw new UsageError(`${file}: ${name} is not a list written out in this file; add the entry by hand`);
  }
  const last = elements.elements.at(-1);
  return { position: last === undefined ? elements.getEnd() - 1 : last.getEnd(), comma: last !== undefined };
}

function findExport(source: ts.SourceFile): ts.Expression | undefined {
  return source.statements.find((statement) => ts.isExportAssignment(statement))?.expression;
}

function findMember(node: ts.Expression, name: string): ts.Expression | undefined {
  const block = unwrap(node);
  if (!ts.isObjectLiteralExpression(block)) return undefined;
  return block.properties
    .filter((property) => ts.isPropertyAssignment(property))
    .find(
      (property) =>
        (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name)) && property.name.text === name,
    )?.initializer;
}

function findEntry(node: ts.Expression, id: string): ts.Expression | undefined {
  const list = unwrap(node);
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  return list.elements.find((element) => {
    const value = findMember(element, "id");
    return value !== undefined && ts.isStringLiteral(value) && value.text === id;
  });
}

function unwrap(node: ts.Expression): ts.Expression {
  const wrapped = ts.isSatisfiesExpression(node) || ts.isAsExpression(node) || ts.isParenthesizedExpression(node);
  return wrapped ? unwrap(node.expression) : node;
}

function writeLiteral(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(writeLiteral).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).filter(([, child]) => child !== undefined);
  return `{ ${members.map(([key, child]) => `${key}: ${writeLiteral(child as Json)}`).join(", ")} }`;
}
