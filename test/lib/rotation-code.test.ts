import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { it } from "node:test";
import { App } from "aws-cdk-lib";
import cdk from "../../cdk.json" with { type: "json" };
import dev from "../../config/dev.ts";
import { parseDeployment } from "../../lib/config/parse.ts";
import { addPlatform } from "../../lib/platform.ts";
import type { CloudFormation } from "./synthesis.ts";

interface FunctionProperties {
  readonly Code: { readonly S3Key: string };
  readonly Environment?: { readonly Variables: Readonly<Record<string, unknown>> };
}

it("gives each rotation function the code that reads its own variables", () => {
  const app = new App({
    builtinCloudFormationValidation: false,
    context: { ...cdk.context, "aws:cdk:bundling-stacks": ["**"] },
  });
  addPlatform(app, parseDeployment("config/dev.ts", dev));
  const assembly = app.synth();
  const functions = assembly.stacks
    .filter(({ stackName }) => /-(identity|tenant-south)$/.test(stackName))
    .flatMap(({ template }) => Object.values((template as CloudFormation).Resources))
    .filter(({ Type }) => Type === "AWS::Lambda::Function")
    .map(({ Properties }) => Properties as unknown as FunctionProperties);
  assert.equal(functions.length, 5);
  for (const { Code, Environment } of functions) {
    const code = readFileSync(join(assembly.directory, `asset.${Code.S3Key.replace(".zip", "")}`, "index.mjs"), "utf8");
    const names = Object.keys(Environment?.Variables ?? {}).filter((name) => name.startsWith("HOMEROOM_"));
    assert.ok(names.length > 0);
    assert.deepEqual(
      names.filter((name) => !code.includes(name)),
      [],
    );
  }
});
