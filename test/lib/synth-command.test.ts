import { execFile } from "node:child_process";
import { mkdtempSync, readdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "@jest/globals";
import cdk from "../../cdk.json" with { type: "json" };

const root = join(import.meta.dirname, "../..");
const credentials = /^(AWS_|CDK_)/;

async function app(environment: string): Promise<{ readonly outdir: string; readonly stderr: string }> {
  const outdir = mkdtempSync(join(tmpdir(), "homeroom-synth-"));
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !credentials.test(name)));
  const [command = "", ...args] = cdk.app.split(" ");
  const { stderr } = await promisify(execFile)(command, args, {
    cwd: root,
    env: {
      ...env,
      HOME: outdir,
      CDK_OUTDIR: outdir,
      CDK_CONTEXT_JSON: JSON.stringify({ ...cdk.context, environment, "aws:cdk:bundling-stacks": [] }),
    },
  });
  return { outdir, stderr };
}

describe("the app of cdk.json", () => {
  it("synthesises every stack of dev without credentials or look-ups, and prints what is off", async () => {
    const { outdir, stderr } = await app("dev");
    const templates = readdirSync(outdir).filter((name) => name.endsWith(".template.json"));
    expect(templates).toHaveLength(15);
    expect(stderr).toMatch(/cluster\.deletionProtection is off: /);
  });

  it("names the environments there are when it gets another", async () => {
    await expect(app("staging")).rejects.toThrow(/there is no config\/staging\.ts; allowed: dev, prod/);
  });
});
