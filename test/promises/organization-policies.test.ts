import assert from "node:assert/strict";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, it } from "node:test";
import { parseDeployment } from "../../lib/config/parse.ts";
import { zones } from "../../lib/config/schema/zones.ts";
import {
  permissionsBoundary,
  type PolicyDocument,
  serviceControlPolicy,
} from "../../lib/checks/residency/organization-policies.ts";
import { environments, synthesise } from "../lib/synthesis.ts";

const folder = join(import.meta.dirname, "../../docs/organization");
const prod = parseDeployment("config/prod.ts", environments.prod);

function fresh(name: string, policy: PolicyDocument): void {
  const file = join(folder, `${name}.json`);
  const text = `${JSON.stringify(policy, undefined, 2)}\n`;
  if (process.env["UPDATE_GOLDEN"] === "1") {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  assert.equal(readFileSync(file, "utf8"), text, `${name}.json is stale: run this test with UPDATE_GOLDEN=1`);
}

const statement = (policy: PolicyDocument, sid: string) => {
  const found = policy.Statement.find(({ Sid }) => Sid === sid);
  assert.ok(found, sid);
  return found;
};

describe("the organisation denies what the zone denies", () => {
  const policy = serviceControlPolicy(prod);

  it("is written down for review, from the same zone", () => {
    fresh("prod-service-control-policy", policy);
    fresh("prod-permissions-boundary", permissionsBoundary(prod));
  });

  it("fits AWS's limits of 5,120 bytes for a service control policy and 6,144 for a boundary", () => {
    const seven = { ...prod, environment: "production" };
    assert.ok(JSON.stringify(serviceControlPolicy(seven)).length <= 5120);
    assert.ok(JSON.stringify(permissionsBoundary(seven)).length <= 6144);
  });

  it("names the zone's regions and no others, for either zone", () => {
    for (const residency of ["AU", "EU"] as const) {
      const [home] = zones[residency];
      const outside = statement(
        serviceControlPolicy({ ...prod, residency, regions: [{ name: home }] }),
        "OutsideTheZone",
      );
      assert.deepEqual(outside.Condition, { StringNotEquals: { "aws:RequestedRegion": zones[residency] } });
    }
  });

  it("exempts services without regions, and none that would let data out", () => {
    const exempt = statement(policy, "OutsideTheZone").NotAction ?? [];
    for (const service of ["s3", "rds", "kms", "acm", "cloudfront", "chatbot", "ecr-public", "backup", "bedrock"]) {
      assert.ok(!exempt.some((action) => action.startsWith(`${service}:`)), service);
    }
    assert.ok(exempt.includes("iam:*") && exempt.includes("route53:*"));
  });

  it("has exactly the two exceptions that the templates use", () => {
    const templates = JSON.stringify(synthesise(environments.prod).stacks.map(({ template }) => template));
    const [copy] = statement(policy, "IntoTheArchivesCopyAlone").NotResource ?? [];
    const [vault] = statement(policy, "IntoTheVaultsCopyAlone").NotResource ?? [];
    const [archive] = statement(policy, "ReplicatesTheArchiveAlone").NotResource ?? [];
    assert.ok(copy !== undefined && templates.includes(`"Bucket":"${copy.replace(/\/\*$/, "")}"`));
    assert.ok(vault !== undefined && templates.includes(`"DestinationBackupVaultArn":"${vault}"`));
    assert.ok(archive !== undefined && templates.includes(`"BucketName":"${archive.replace("arn:aws:s3:::", "")}"`));
    assert.equal(policy.Statement.filter(({ NotResource }) => NotResource !== undefined).length, 3);
  });

  it("lets AWS Backup's role alone copy snapshots", () => {
    const only = statement(policy, "SnapshotsByBackupAlone").Condition?.["StringNotEquals"]?.["aws:PrincipalArn"];
    assert.deepEqual(only, ["arn:aws:iam::222222222222:role/homeroom-prod-ap-southeast-2-backup"]);
    synthesise(environments.prod)
      .template("backup")
      .hasResourceProperties("AWS::IAM::Role", { RoleName: "homeroom-prod-ap-southeast-2-backup" });
  });

  it("goes stale when the zone changes", () => {
    assert.notDeepEqual(
      serviceControlPolicy({ ...prod, residency: "EU", regions: [{ name: "eu-central-1" }] }),
      policy,
    );
  });
});
