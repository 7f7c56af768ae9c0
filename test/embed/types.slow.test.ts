import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import ts from "typescript";
import { buildEmbed, declareEmbed } from "../../embed/build.ts";
import { root } from "../support/workshop.ts";
import { expecting } from "../support/expecting.ts";

describe("the types of the package homeroom, installed", () => {
  let product: string;
  beforeAll(async () => {
    product = mkdtempSync(join(tmpdir(), "homeroom-product-"));
    const installed = join(product, "node_modules/homeroom");
    mkdirSync(installed, { recursive: true });
    await buildEmbed(installed);
    declareEmbed(installed);
  });
  afterAll(() => rmSync(product, { recursive: true, force: true }));

  it("compiles for a strict consumer, and not with a teacher without classes", () => {
    const file = join(product, "product.mts");
    writeFileSync(
      file,
      `import { createServer } from "node:http";
import { embedHandler, tokenService } from "homeroom/embed";
import { mountDashboard } from "homeroom/embed/browser";
const person = { user_id: 7, username: "p", email: "p@x.example", first_name: "P", last_name: "L", school_id: 42 };
const homeroom = tokenService({ url: "https://tokens.example", clientId: "portal", clientKey: "" });
const visitor = { tenant: "north", dashboards: ["progress"] };
createServer(embedHandler({ homeroom, who: () => ({ ...visitor, person: { ...person, role: "teacher", class_ids: [1] } }) }));
export const mount = (element: HTMLElement) => mountDashboard(element, { dashboard: "progress" }).unmount();
createServer(embedHandler({ homeroom, who: () => ({ ...visitor, person: { ...person, role: "teacher" } }) }));
`,
    );
    const program = ts.createProgram([file], {
      strict: true,
      exactOptionalPropertyTypes: true,
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2022,
      lib: ["lib.es2023.d.ts", "lib.dom.d.ts"],
      types: ["node"],
      typeRoots: [join(root, "node_modules/@types")],
      noEmit: true,
    });
    const problems = ts
      .getPreEmitDiagnostics(program)
      .filter((found) => found.file?.fileName.startsWith(product) !== false)
      .map((found) => ({
        line: found.file?.getLineAndCharacterOfPosition(found.start ?? 0).line ?? -1,
        text: ts.flattenDiagnosticMessageText(found.messageText, "\n"),
      }));
    expecting(
      JSON.stringify(problems),
      problems.map(({ line }) => line),
    ).toStrictEqual([8]);
    expect(problems[0]?.text ?? "").toMatch(/class_ids/);
  });
});
