import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ts from "typescript";
import { buildTypes } from "../../embed/build/package.ts";
import { root } from "../support/workshop.ts";
import { Product } from "./product.ts";
import { snippet } from "./readme-snippets.ts";

describe("the types of @homeroom/embed, installed", () => {
  let product: Product;
  beforeAll(async () => {
    product = await Product.create();
    await buildTypes(product.embed);
    product.install("express");
    for (const name of ["node", "express"]) product.install(`@types/${name}`);
  });
  afterAll(() => product.remove());

  /** Returns what a strict consumer's compiler says of a file, line by line. */
  function problems(name: string, text: string): { line: number; text: string }[] {
    const program = ts.createProgram([product.write(name, text)], {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      esModuleInterop: true,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      noEmit: true,
    });
    return ts
      .getPreEmitDiagnostics(program)
      .filter((found) => found.file?.fileName.startsWith(product.folder) !== false)
      .map((found) => ({
        line: found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? -1,
        text: ts.flattenDiagnosticMessageText(found.messageText, "\n"),
      }));
  }

  for (const name of ["product.mts", "product.cts"]) {
    it(`compile in ${name}, and not with a teacher without classes`, () => {
      const found = problems(
        name,
        `import { createServer } from "node:http";
import { embedHandler, tokenService } from "@homeroom/embed";
import { mountDashboard } from "@homeroom/embed/browser";
const person = { user_id: 7, username: "p", email: "p@x.example", first_name: "P", last_name: "L", school_id: 42 };
const homeroom = tokenService({ url: "https://tokens.example", clientId: "portal", clientKey: "" });
const visitor = { tenant: "north", dashboards: ["progress"] };
createServer(embedHandler({ homeroom, who: () => ({ ...visitor, person: { ...person, role: "teacher", class_ids: [1] } }) }));
export const mount = (element: HTMLElement) => mountDashboard(element, { dashboard: "progress" }).unmount();
createServer(embedHandler({ homeroom, who: () => ({ ...visitor, person: { ...person, role: "teacher" } }) }));
`,
      );
      expect(found).toEqual([{ line: 8, text: expect.stringContaining("class_ids") }]);
    });
  }

  for (const name of ["server.ts", "page.ts"]) {
    it(`compile in ${name} of embed/README.md`, () => {
      expect(problems(name.replace(".ts", ".mts"), snippet(name))).toEqual([]);
    });
  }
});
