import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "@jest/globals";
import { manifests } from "./manifests.ts";
import { reviewed } from "./reviewed.ts";
import { expectGolden } from "../support/golden.ts";

const file = fileURLToPath(new URL("../golden/manifests/superset.yaml", import.meta.url));
const kubectlBudgetBytes = 200_000;

describe("the manifests", () => {
  it("are the reviewed ones", () => {
    expectGolden(reviewed(manifests()), file);
  });

  it("stay within what one kubectl payload carries", () => {
    expect(Buffer.byteLength(JSON.stringify(manifests()))).toBeLessThan(kubectlBudgetBytes);
    expect(Buffer.byteLength(readFileSync(file))).toBeLessThan(kubectlBudgetBytes);
  });
});
