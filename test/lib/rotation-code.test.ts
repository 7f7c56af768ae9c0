import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "@jest/globals";
import { App } from "aws-cdk-lib";
import cdk from "../../cdk.json" with { type: "json" };
import dev from "../../config/dev.ts";
import { parseDeployment } from "../../lib/config/parse.ts";
import type { DeploymentInput } from "../../lib/config/schema/deployment.ts";
import { addPlatform } from "../../lib/platform.ts";
import { databaseCaPem } from "../../lib/workload/database-ca.ts";
import type { CloudFormation } from "./synthesis.ts";
import { expecting } from "../support/expecting.ts";

interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
}

const caPem = databaseCaPem("eu-central-1");
const { analyticsDatabases = [], ...rest } = dev as DeploymentInput;
const ownAuthority: DeploymentInput = {
  ...rest,
  analyticsDatabases: analyticsDatabases.map((database) =>
    database.id === "shared" ? { ...database, caPem } : database,
  ),
};

it("gives each rotation function the code that reads its own variables, and the authorities of its database", () => {
  const app = new App({
    builtinCloudFormationValidation: false,
    context: { ...cdk.context, "aws:cdk:bundling-stacks": ["**"] },
  });
  addPlatform(app, parseDeployment("the test's configuration", ownAuthority));
  const assembly = app.synth();
  const functions = assembly.stacks
    .filter(({ stackName }) => /-(identity|tenant-south)$/.test(stackName))
    .flatMap(({ template }) => Object.values((template as CloudFormation).Resources))
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => Properties as unknown as FunctionProperties);
  expect(functions).toHaveLength(5);
  const own: string[] = [];
  for (const { Code, Environment } of functions) {
    const read = (name: string): string =>
      readFileSync(join(assembly.directory, `asset.${Code.S3Key.replace(".zip", "")}`, name), "utf8");
    const code = read("index.mjs");
    const authorities = String(Environment?.Variables["HOMEROOM_DATABASE_CA_FILE"]);
    if (authorities.startsWith("/var/task/")) own.push(read(authorities.slice("/var/task/".length)));
    const names = Object.keys(Environment?.Variables ?? {}).filter((name) => name.startsWith("HOMEROOM_"));
    expect(names.length).toBeGreaterThan(0);
    expect(names.filter((name) => !code.includes(name))).toStrictEqual([]);
  }
  expecting("of the shared database alone", own).toStrictEqual([caPem]);
});
