import ts from "typescript";
import { UsageError } from "./usage-error.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** Where a value goes: a list in the file, by the names of the blocks around it. */
export interface Addition {
  readonly list: readonly (string | { readonly id: string })[];
  readonly value: Json;
}

/** The text of a configuration in TypeScript with values added at the end of lists; everything else stays as written. */
export function addToSource(file: string, text: string, additions: readonly Addition[]): string {
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.ES2022, true);
  const places = additions.map(({ list, value }) => ({ at: endOfList(file, source, list), value: literal(value) }));
  return places
    .sort((left, right) => right.at.position - left.at.position)
    .reduce(
      (result, { at, value }) =>
        `${result.slice(0, at.position)}${at.comma ? ", " : ""}${value}${result.slice(at.position)}`,
      text,
    );
}

interface Place {
  readonly position: number;
  readonly comma: boolean;
}

function endOfList(file: string, source: ts.SourceFile, list: Addition["list"]): Place {
  const name = list.map((part) => (typeof part === "string" ? part : `"${part.id}"`)).join(".");
  let node = exported(source);
  for (const part of list) node = node && (typeof part === "string" ? member(node, part) : entry(node, part.id));
  const elements = node && bare(node);
  if (elements === undefined || !ts.isArrayLiteralExpression(elements)) {
    throw new UsageError(`${file}: ${name} is not a list written out in this file; add the entry by hand`);
  }
  const last = elements.elements.at(-1);
  return { position: last === undefined ? elements.getEnd() - 1 : last.getEnd(), comma: last !== undefined };
}

function exported(source: ts.SourceFile): ts.Expression | undefined {
  return source.statements.find((statement) => ts.isExportAssignment(statement))?.expression;
}

function member(node: ts.Expression, name: string): ts.Expression | undefined {
  const block = bare(node);
  if (!ts.isObjectLiteralExpression(block)) return undefined;
  return block.properties
    .filter((property) => ts.isPropertyAssignment(property))
    .find(
      (property) =>
        (ts.isIdentifier(property.name) || ts.isStringLiteral(property.name)) && property.name.text === name,
    )?.initializer;
}

function entry(node: ts.Expression, id: string): ts.Expression | undefined {
  const list = bare(node);
  if (!ts.isArrayLiteralExpression(list)) return undefined;
  return list.elements.find((element) => {
    const value = member(element, "id");
    return value !== undefined && ts.isStringLiteral(value) && value.text === id;
  });
}

function bare(node: ts.Expression): ts.Expression {
  const wrapped = ts.isSatisfiesExpression(node) || ts.isAsExpression(node) || ts.isParenthesizedExpression(node);
  return wrapped ? bare(node.expression) : node;
}

function literal(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  const members = Object.entries(value).filter(([, child]) => child !== undefined);
  return `{ ${members.map(([key, child]) => `${key}: ${literal(child as Json)}`).join(", ")} }`;
}
