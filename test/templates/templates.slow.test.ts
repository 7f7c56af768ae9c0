import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { environments, synthesise } from "../lib/synthesis.ts";
import { templatesVenv, workshop } from "../support/workshop.ts";
import { cfnLintSkips, checkovSkips } from "./skips.ts";

interface Failed {
  readonly check_id: string;
  readonly file_path: string;
  readonly resource: string;
}

describe("the templates", () => {
  mkdirSync(workshop, { recursive: true });
  const folder = mkdtempSync(join(workshop, "templates-"));
  const files: string[] = [];
  let bin = "";

  beforeAll(async () => {
    bin = join(await templatesVenv(), "bin");
    for (const [environment, input] of Object.entries(environments)) {
      mkdirSync(join(folder, environment));
      for (const { subject, template } of synthesise(input).stacks) {
        const file = join(folder, environment, `${subject}.json`);
        writeFileSync(file, JSON.stringify(template));
        files.push(file);
      }
    }
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const lint = (...of: string[]): string => {
    const skip = Object.keys(cfnLintSkips).flatMap((rule) => ["-i", rule]);
    return spawnSync(join(bin, "cfn-lint"), [...skip, "-r", "ap-southeast-2", "--", ...of], { encoding: "utf8" })
      .stdout;
  };

  const checkov = (directory: string): Failed[] => {
    const args = [
      "-d",
      directory,
      "--framework",
      "cloudformation",
      "--compact",
      "--quiet",
      "-o",
      "json",
      "--soft-fail",
    ];
    const out = execFileSync(join(bin, "checkov"), [...args, "--skip-download"], { encoding: "utf8", maxBuffer: 64e6 });
    return (JSON.parse(out) as { results: { failed_checks: Failed[] } }).results.failed_checks;
  };
  const placed = (environment: string, { file_path, resource }: Failed): string =>
    `${environment}/${file_path.slice(file_path.lastIndexOf("/") + 1).replace(/\.json$/, "")}:${resource}`;

  it("are clean under cfn-lint", () => {
    expect(lint(...files)).toBe("");
  });

  it("fail under cfn-lint when a property is of the wrong type", () => {
    const file = join(folder, "wrong.json");
    writeFileSync(
      file,
      JSON.stringify({ Resources: { Queue: { Type: "AWS::SQS::Queue", Properties: { DelaySeconds: "soon" } } } }),
    );
    expect(lint(file)).toMatch(/E3012/);
  });

  it("have no finding of checkov but those with a reason, and no reason without a finding", () => {
    const found = Object.keys(environments).flatMap((environment) =>
      checkov(join(folder, environment)).map((finding) => ({
        rule: finding.check_id,
        place: placed(environment, finding),
      })),
    );
    const used = new Set<string>();
    const open = found.filter((finding) => {
      const skip = checkovSkips.find(({ rule, where }) => rule === finding.rule && where.test(finding.place));
      if (skip !== undefined) used.add(skip.rule);
      return skip === undefined;
    });
    expect(open).toStrictEqual([]);
    expect(checkovSkips.map(({ rule }) => rule).filter((rule) => !used.has(rule))).toStrictEqual([]);
  });

  it("fail under checkov when a bucket is open", () => {
    mkdirSync(join(folder, "open"));
    writeFileSync(
      join(folder, "open", "open.json"),
      JSON.stringify({ Resources: { Open: { Type: "AWS::S3::Bucket", Properties: { AccessControl: "PublicRead" } } } }),
    );
    expect(checkov(join(folder, "open")).some(({ check_id }) => check_id === "CKV_AWS_20")).toBe(true);
  });
});
