import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { format } from "prettier";
import ts from "typescript";

type Named = ts.InterfaceDeclaration | ts.TypeAliasDeclaration | ts.ClassDeclaration | ts.FunctionDeclaration;

const isNamed = (statement: ts.Statement): statement is Named =>
  ts.isInterfaceDeclaration(statement) ||
  ts.isTypeAliasDeclaration(statement) ||
  ts.isClassDeclaration(statement) ||
  ts.isFunctionDeclaration(statement);

const comment = (node: ts.Node): string => {
  const [doc] = ts.getJSDocCommentsAndTags(node).filter(ts.isJSDoc);
  return (ts.getTextOfJSDocComment(doc?.comment) ?? "").replace(/\s+/g, " ").trim();
};

const printWidth = 110;

/** A sentence, on as many lines as it needs. */
function lines(sentence: string): string[] {
  const end = sentence.length > printWidth ? sentence.lastIndexOf(" ", printWidth) : -1;
  return end < 0 ? [sentence] : [sentence.slice(0, end), ...lines(sentence.slice(end + 1))];
}

const isExported = (declaration: Named): boolean =>
  declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword) === true;

const nameOf = (node: { readonly name?: ts.Node | undefined }, file: ts.SourceFile): string =>
  node.name?.getText(file) ?? "(without a name)";

/** Members, however deep, of the types that a declaration writes out; what calls take and give is left to the caller. */
function members(node: ts.Node): ts.NamedDeclaration[] {
  const found: ts.NamedDeclaration[] = [];
  const visit = (inner: ts.Node): void => {
    // A member that is always undefined only keeps a type apart from its siblings.
    const isAbsent = ts.isPropertySignature(inner) && inner.type?.kind === ts.SyntaxKind.UndefinedKeyword;
    if ((ts.isTypeElement(inner) || ts.isPropertyDeclaration(inner) || ts.isMethodDeclaration(inner)) && !isAbsent) {
      found.push(inner);
    }
    if (!ts.isFunctionLike(inner)) ts.forEachChild(inner, visit);
  };
  if (!ts.isFunctionLike(node)) ts.forEachChild(node, visit);
  return found;
}

/** The API of one entry of the package, read from its bundled declarations. */
export class ApiDocs {
  readonly #file: ts.SourceFile;
  readonly #declarations: readonly Named[];

  constructor(declarations: string) {
    this.#file = ts.createSourceFile(
      basename(declarations),
      readFileSync(declarations, "utf8"),
      ts.ScriptTarget.ES2022,
      true,
    );
    this.#declarations = this.#file.statements.filter(isNamed);
  }

  /** Lists what API.md would not explain: `Name` or `Name.member`. */
  undocumented(): string[] {
    return this.#declarations.flatMap((declaration) => {
      const name = nameOf(declaration, this.#file);
      const silent = members(declaration).filter((member) => comment(member) === "");
      return [
        ...(comment(declaration) === "" && isExported(declaration) ? [name] : []),
        ...silent.map((member) => `${name}.${nameOf(member, this.#file)}`),
      ];
    });
  }

  /** Markdown: functions first, then classes and types, each with its comment and its declaration. */
  async markdown(heading: string): Promise<string> {
    const rank = (declaration: Named): number =>
      ts.isFunctionDeclaration(declaration) ? 0 : ts.isClassDeclaration(declaration) ? 1 : 2;
    const sorted = [...this.#declarations].sort(
      (left, right) =>
        rank(left) - rank(right) || nameOf(left, this.#file).localeCompare(nameOf(right, this.#file), "en"),
    );
    const sections = await Promise.all(sorted.map((declaration) => this.#section(declaration)));
    return [`## ${heading}`, ...sections].join("\n\n");
  }

  async #section(declaration: Named): Promise<string> {
    const written = declaration.getText(this.#file).replace(/^(export )?(declare )?/, "");
    const code = (await format(written, { parser: "typescript", printWidth })).trimEnd();
    const said = isExported(declaration) ? comment(declaration) : "Part of other types; it has no export of its own.";
    const text = said
      .split(/(?<=\.) (?=[A-Z`])/)
      .flatMap(lines)
      .join("\n");
    return `### ${nameOf(declaration, this.#file)}\n\n${text}\n\n\`\`\`ts\n${code}\n\`\`\``;
  }
}
