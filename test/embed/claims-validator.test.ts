import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import vectors from "../../contract/vectors/claims.json" with { type: "json" };
import { compiledClaimsValidator } from "../../embed/build/claims-validator.ts";
import * as made from "../../runtime/tokens/claims/claims.ts";
import { expecting } from "../support/expecting.ts";
import { root } from "../support/workshop.ts";

describe("the claims validator that is compiled into the package", () => {
  let folder: string;
  let compiled: typeof made;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), "homeroom-claims-"));
    const outfile = join(folder, "claims.mjs");
    const { metafile } = await build({
      entryPoints: [join(root, "runtime/tokens/claims/claims.ts")],
      plugins: [compiledClaimsValidator],
      absWorkingDir: root,
      bundle: true,
      format: "esm",
      platform: "node",
      metafile: true,
      outfile,
    });
    expect(Object.keys(metafile.inputs)).not.toContain("node_modules/ajv/dist/2020.js");
    compiled = (await import(pathToFileURL(outfile).href)) as typeof made;
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("judges every vector as the one that the token service makes, in the same words", () => {
    const all = [...vectors.accepted, ...vectors.refused];
    for (const { name, claims } of all) {
      expecting(name, compiled.claimProblems(claims)).toEqual(made.claimProblems(claims));
      expecting(name, compiled.isClaims(claims)).toBe(made.isClaims(claims));
    }
    expect(vectors.accepted.every(({ claims }) => compiled.isClaims(claims))).toBe(true);
    expect(vectors.refused.some(({ claims }) => compiled.isClaims(claims))).toBe(false);
  });
});
