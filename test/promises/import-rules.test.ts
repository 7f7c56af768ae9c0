import { describe, expect, it } from "@jest/globals";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Linter } from "eslint";
import tseslint from "typescript-eslint";
import { importRule } from "../../lint/import-rule.ts";
import { type Import, importRows, refusal } from "../../lint/import-table.ts";
import { withImportTable } from "../../lint/write-import-table.ts";
import { expecting } from "../support/expecting.ts";
import { importsOf, importsUnder, sources } from "./imports.ts";

const root = join(import.meta.dirname, "../..");
const refusals = (all: Import[]): string[] => all.map(refusal).filter((line) => line !== undefined);
const linter = new Linter({ cwd: root });

/** Returns what ESLint says with our rule alone. */
function lint(file: string, text: string): string[] {
  const config = {
    files: ["**/*.ts"],
    languageOptions: { parser: tseslint.parser as Linter.Parser },
    plugins: { homeroom: { rules: { imports: importRule } } },
    rules: { "homeroom/imports": "error" as const },
  };
  return linter.verify(text, [config], { filename: join(root, file) }).map(({ message }) => message);
}

describe("who may import whom", () => {
  it("has a row for every folder, and no row without a file", () => {
    const files = sources(root);
    for (const importer of importRows.flatMap(({ importers }) => importers)) {
      const held = files.some((file) => file === importer || file.startsWith(`${importer}/`));
      expecting(`${importer} holds no source file: remove it from lint/imports.json`, held).toBe(true);
    }
  });

  it("allows nothing that is not there", () => {
    const allowed = [...new Set(importRows.flatMap(({ mayImport }) => mayImport))];
    const targets = importsUnder(root).map(({ target }) => target);
    for (const path of allowed) {
      const used = targets.some((target) => target === path || target.startsWith(`${path}/`));
      expecting(`nothing imports ${path}: remove it from lint/imports.json`, used).toBe(true);
    }
  });

  it("holds for every import of the repository", () => {
    expect(refusals(importsUnder(root))).toStrictEqual([]);
  });

  it("is printed in ARCHITECTURE.md as it is", () => {
    const page = readFileSync(join(root, "ARCHITECTURE.md"), "utf8");
    expecting("run npm run imports:write", page).toBe(withImportTable(page));
  });

  it("leaves the environment to bin, local and the one entry or settings file of each process", () => {
    const reading = sources(root)
      .filter(
        (file) =>
          !/^(bin|local|examples)\//.test(file) && !/(^|\/|[-.])settings\.ts$|\.(lambda|service)\.ts$/.test(file),
      )
      .filter((file) => /\bprocess\.env\b|tryGetContext\(/.test(readFileSync(join(root, file), "utf8")));
    expect(reading).toStrictEqual([]);
  });

  const forbidden: [string, string][] = [
    ["charts/superset/superset.ts", `import { Stack } from "aws-cdk-lib";`],
    ["runtime/tokens/minting/mint.ts", `import * as kms from "aws-cdk-lib/aws-kms";`],
    ["cli/homeroom.ts", `export { App } from "aws-cdk-lib";`],
    ["lib/workload/instance.ts", `import { Stack } from "aws-cdk-lib";`],
    ["lib/config/schema/edge.ts", `const cdk = await import("aws-cdk-lib");`],
    ["embed/local-signer.ts", `import { Stack } from "aws-cdk-lib";`],
    ["embed/token-service.ts", `import { parseBody } from "../runtime/tokens/request-body.ts";`],
    ["embed/local-signer.ts", `import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";`],
    ["runtime/tokens/minting/mint.ts", `import { embedHandler } from "../../../embed/index.ts";`],
    ["verify/verify.ts", `import { platform } from "../contract/index.ts";`],
    ["contract/index.ts", `import { mint } from "../runtime/tokens/minting/mint.ts";`],
    ["runtime/policy/compiler/compile.ts", `import { start } from "../../../local/start.ts";`],
    ["runtime/policy/compiler/compile.ts", `let x: import("../../../lib/config/schema/deployment.ts").Deployment;`],
    ["charts/superset/superset.ts", `import { versions } from "../../lib/versions.ts";`],
    ["charts/superset/superset.ts", `import { nginxValues } from "../addons/helm/nginx.ts";`],
    ["charts/addons/helm/nginx.ts", `import { toYaml } from "../../superset/yaml.ts";`],
    ["lib/network/network-stack.ts", `import { Cluster } from "../cluster/cluster-stack.ts";`],
    ["lib/network/network-stack.ts", `import type { Cluster } from "../cluster/cluster-stack.ts";`],
    ["lib/edge/edge-stack.ts", `import { publicEndpoints } from "../checks/safety/public-endpoints.ts";`],
    ["lib/data/data-stack.ts", `import { Chart } from "../../charts/superset/superset.ts";`],
    ["lib/config/rules/zone.ts", `import { refuseForeign } from "../../checks/residency/residency.ts";`],
    ["lib/config/schema/deployment.ts", `import { contradictions } from "../rules/contradictions.ts";`],
    ["config/dev.ts", `import { deploymentShape } from "../lib/config/schema/deployment.ts";`],
    ["config/dev.ts", `import type { Stack } from "../lib/data/data-stack.ts";`],
    ["bin/homeroom.ts", `import { DataStack } from "../lib/data/data-stack.ts";`],
    ["examples/school-portal/server.ts", `import { mint } from "../../runtime/tokens/minting/mint.ts";`],
    ["local/start.ts", `import { addPlatform } from "../lib/platform.ts";`],
    ["local/start.ts", `import platform from "../contract/platform.json" with { type: "json" };`],
  ];
  for (const [file, text] of forbidden) {
    it(`refuses ${text} in ${file}`, () => {
      expect(refusals(importsOf(file, text))).toHaveLength(1);
      expect(lint(file, text)).toStrictEqual(refusals(importsOf(file, text)));
    });
  }

  const permitted: [string, string][] = [
    ["bin/homeroom.ts", `import { addPlatform } from "../lib/platform.ts";`],
    ["config/dev.ts", `import type { DeploymentInput } from "../lib/config/schema/deployment.ts";`],
    ["lib/platform.ts", `import { DataStack } from "./data/data-stack.ts";`],
    ["lib/workload/workload-stack.ts", `import { supersetObjects } from "../../charts/superset/superset.ts";`],
    ["runtime/adapters/aws/keys.ts", `import { keys } from "../local/keys.ts";`],
    ["local/start.ts", `import { platform } from "../contract/index.ts";`],
  ];
  for (const [file, text] of permitted) {
    it(`allows ${text} in ${file}`, () => {
      expect(refusals(importsOf(file, text))).toStrictEqual([]);
      expect(lint(file, text)).toStrictEqual([]);
    });
  }
});
