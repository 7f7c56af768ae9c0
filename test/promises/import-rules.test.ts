import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { type Import, importsOf, importsUnder, sources } from "./imports.ts";
import { expecting } from "../support/expecting.ts";

const root = join(import.meta.dirname, "../..");
const shared = ["lib/config/", "lib/config.ts", "lib/naming.ts", "lib/versions.ts", "lib/checks/", "lib/blocks/"];

/** Files of lib/ that know nothing of AWS CDK and that the command shares with the stacks. */
const pure = ["lib/naming.ts", "lib/workload/superset-values.ts", "lib/workload/instance.ts"];

/** The table "Who may import whom" of the architecture: what a file may import beside its own folder. */
function allowed(file: string): string[] {
  const [top = "", second = ""] = file.split("/");
  switch (top) {
    case "bin":
      return ["config/", "lib/platform.ts", ...shared];
    case "config":
      return ["lib/config"];
    case "lib":
      if (second === "platform.ts") return ["contract/", "lib/", "content/dashboards/identifiers.json"];
      if (["addons", "workload", "tenant"].includes(second)) return ["contract/", "charts/", ...shared];
      return ["contract/", ...shared];
    case "charts":
    case "runtime":
    case "content":
      return ["contract/"];
    case "embed":
      return ["contract/", "runtime/tokens/", "runtime/adapters/aws/"];
    case "cli":
      return [
        "charts/",
        "contract/",
        "content/dashboards/identifiers.json",
        "runtime/",
        "verify/",
        "lib/config",
        "lib/cost/",
        ...pure,
      ];
    case "local":
      return ["config/local.ts", "contract/", "content/", "runtime/", "lib/config"];
    default:
      return [];
  }
}

function home(file: string): string {
  const [top = "", second = ""] = file.split("/");
  return top === "lib" && file.split("/").length > 2 ? `lib/${second}/` : `${top}/`;
}

const withoutCdk =
  /^(charts|runtime|embed|cli|verify|contract|local|examples|content|lib\/config|lib\/cost)\/|^lib\/(naming|workload\/(?:superset-values|instance))\.ts$/;

/** What is wrong with one import, or nothing. */
function violation(found: Import): string | undefined {
  const { file, target, ours, typeOnly } = found;
  if (!ours) {
    return withoutCdk.test(file) && /^(aws-cdk-lib|cdk-nag)(\/|$)/.test(target)
      ? `${file} imports ${target}`
      : undefined;
  }
  const own = file.startsWith("lib/") && file.split("/").length === 2 ? undefined : home(file);
  if (own !== undefined && target.startsWith(own)) return undefined;
  if (!allowed(file).some((prefix) => target.startsWith(prefix))) return `${file} imports ${target}`;
  if (file.startsWith("config/") && !typeOnly) return `${file} imports more than types of ${target}`;
  return undefined;
}

const violations = (all: Import[]): string[] => all.map(violation).filter((line) => line !== undefined);

describe("who may import whom", () => {
  it("reads every folder of the map", () => {
    const tops = new Set(sources(root).map((file) => file.split("/")[0]));
    for (const top of ["bin", "charts", "config", "contract", "embed", "lib", "local", "runtime"]) {
      expecting(`${top}/ holds no source file: is the walk broken?`, tops).toContain(top);
    }
  });

  it("holds for every import of the repository", () => {
    expect(violations(importsUnder(root))).toStrictEqual([]);
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
    ["embed/local-signer.ts", `import { Stack } from "aws-cdk-lib";`],
    ["embed/local-signer.ts", `import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";`],
    ["runtime/tokens/minting/mint.ts", `import { embedHandler } from "../../../embed/index.ts";`],
    ["verify/verify.ts", `const cdk = await import("aws-cdk-lib");`],
    ["verify/verify.ts", `import { platform } from "../contract/index.ts";`],
    ["contract/index.ts", `import { mint } from "../runtime/tokens/mint.ts";`],
    ["runtime/policy/compiler/compile.ts", `import { start } from "../../../local/start.ts";`],
    ["runtime/policy/compiler/compile.ts", `let x: import("../../../lib/config/input.ts").DeploymentInput;`],
    ["charts/superset/superset.ts", `import { deploy } from "../../lib/versions.ts";`],
    ["lib/network/network-stack.ts", `import { Cluster } from "../cluster/cluster-stack.ts";`],
    ["lib/network/network-stack.ts", `import type { Cluster } from "../cluster/cluster-stack.ts";`],
    ["lib/data/data-stack.ts", `import { Chart } from "../../charts/superset/superset.ts";`],
    ["config/dev.ts", `import { check } from "../lib/config/input.ts";`],
    ["config/dev.ts", `import type { Stack } from "../lib/data/data-stack.ts";`],
    ["bin/homeroom.ts", `import { DataStack } from "../lib/data/data-stack.ts";`],
    ["examples/school-portal/server.ts", `import { mint } from "../../runtime/tokens/minting/mint.ts";`],
    ["local/start.ts", `import { platform } from "../lib/platform.ts";`],
  ];
  for (const [file, text] of forbidden) {
    it(`refuses ${text} in ${file}`, () => {
      expect(violations(importsOf(file, text))).toHaveLength(1);
    });
  }

  const permitted: [string, string][] = [
    ["bin/homeroom.ts", `import { Platform } from "../lib/platform.ts";`],
    ["config/dev.ts", `import type { DeploymentInput } from "../lib/config/input.ts";`],
    ["lib/platform.ts", `import { DataStack } from "./data/data-stack.ts";`],
    ["lib/workload/workload-stack.ts", `import { SupersetChart } from "../../charts/superset/superset.ts";`],
    ["runtime/adapters/aws/keys.ts", `import { keys } from "../local/keys.ts";`],
    ["local/start.ts", `import { platform } from "../contract/index.ts";`],
  ];
  for (const [file, text] of permitted) {
    it(`allows ${text} in ${file}`, () => {
      expect(violations(importsOf(file, text))).toStrictEqual([]);
    });
  }
});
