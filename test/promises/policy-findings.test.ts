import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { App, Stack, Validations } from "aws-cdk-lib";
import * as s3 from "aws-cdk-lib/aws-s3";
import cdk from "../../cdk.json" with { type: "json" };
import { parseDeployment } from "../../lib/config/parse.ts";
import { addPlatform } from "../../lib/platform.ts";
import { policyPacks } from "../../lib/checks/findings/policy-packs.ts";
import { environments } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { expecting } from "../support/expecting.ts";

interface Report {
  readonly pluginReports: readonly {
    readonly pluginName: string;
    readonly violations: readonly { readonly ruleName: string }[];
    readonly suppressedViolations?: readonly { readonly ruleName: string; readonly reason?: string }[];
  }[];
}

function appWithPacks(): { app: App; outdir: string } {
  const outdir = mkdtempSync(join(tmpdir(), "homeroom-policy-"));
  const app = new App({ outdir, context: { ...cdk.context, "aws:cdk:bundling-stacks": [] } });
  Validations.of(app).addPlugins(...policyPacks(app));
  return { app, outdir };
}

const report = (outdir: string): Report =>
  JSON.parse(readFileSync(join(outdir, "validation-report.json"), "utf8")) as Report;

describe("no finding of the rule packs is unexplained", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => {
      const { app, outdir } = appWithPacks();
      addPlatform(app, parseDeployment(`config/${name}.ts`, deployment));
      const assembly = app.synth();
      const resources = assembly.stacks.reduce(
        (sum, stack) => sum + Object.keys((stack.template as { Resources: object }).Resources).length,
        0,
      );
      expecting(`only ${resources} resources: an empty app has no findings either`, resources).toBeGreaterThan(150);
      const packs = report(outdir).pluginReports;
      expect(packs.flatMap(({ violations }) => violations.map(({ ruleName }) => ruleName))).toStrictEqual([]);
      expecting("AwsSolutions, HIPAA, NIST 800-53 r5 and CloudFormation's own", packs.length).toBeGreaterThanOrEqual(4);
    });
  }

  it("stops the synthesis at an unexplained finding", () => {
    const { app } = appWithPacks();
    new s3.CfnBucket(
      new Stack(app, "Mutation", { env: { account: "111111111111", region: "ap-southeast-2" } }),
      "Bucket",
    );
    expect(() => app.synth()).toThrow();
  });
});
