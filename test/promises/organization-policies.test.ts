import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { parseDeployment } from "../../lib/config/parse.ts";
import { zones } from "../../lib/config/schema/zones.ts";
import {
  permissionsBoundary,
  type PolicyDocument,
  serviceControlPolicy,
} from "../../lib/checks/residency/organization-policies.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { expecting } from "../support/expecting.ts";
import { expectGolden } from "../support/golden.ts";
import { present } from "../support/narrowing.ts";

const folder = join(import.meta.dirname, "../../docs/organization");
const prod = parseDeployment("config/prod.ts", environments.prod);

function fresh(name: string, policy: PolicyDocument): void {
  expectGolden(`${JSON.stringify(policy, undefined, 2)}\n`, join(folder, `${name}.json`));
}

const statement = (policy: PolicyDocument, sid: string) => {
  const found = policy.Statement.find(({ Sid }) => Sid === sid);
  present(found, sid);
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
    expect(JSON.stringify(serviceControlPolicy(seven)).length).toBeLessThanOrEqual(5120);
    expect(JSON.stringify(permissionsBoundary(seven)).length).toBeLessThanOrEqual(6144);
  });

  it("names the zone's regions and no others, for either zone", () => {
    for (const residency of ["AU", "EU"] as const) {
      const [home] = zones[residency];
      const outside = statement(
        serviceControlPolicy({ ...prod, residency, regions: [{ name: home }] }),
        "OutsideTheZone",
      );
      expect(outside.Condition).toStrictEqual({ StringNotEquals: { "aws:RequestedRegion": zones[residency] } });
    }
  });

  it("exempts services without regions, and none that would let data out", () => {
    const exempt = statement(policy, "OutsideTheZone").NotAction ?? [];
    for (const service of ["s3", "rds", "kms", "acm", "cloudfront", "chatbot", "ecr-public", "backup", "bedrock"]) {
      expecting(
        service,
        exempt.filter((action) => action.startsWith(`${service}:`)),
      ).toEqual([]);
    }
    expect(exempt).toContain("iam:*");
    expect(exempt).toContain("route53:*");
  });

  it("has exactly the two exceptions that the templates use", () => {
    const templates = JSON.stringify(synthesise(environments.prod).stacks.map(({ template }) => template));
    const [copy] = statement(policy, "IntoTheArchivesCopyAlone").NotResource ?? [];
    const [vault] = statement(policy, "IntoTheVaultsCopyAlone").NotResource ?? [];
    const [archive] = statement(policy, "ReplicatesTheArchiveAlone").NotResource ?? [];
    present(copy);
    expect(templates).toContain(`"Bucket":"${copy.replace(/\/\*$/, "")}"`);
    present(vault);
    expect(templates).toContain(`"DestinationBackupVaultArn":"${vault}"`);
    present(archive);
    expect(templates).toContain(`"BucketName":"${archive.replace("arn:aws:s3:::", "")}"`);
    expect(policy.Statement.filter(({ NotResource }) => NotResource !== undefined)).toHaveLength(3);
  });

  it("lets AWS Backup's role alone copy snapshots", () => {
    const only = statement(policy, "SnapshotsByBackupAlone").Condition?.["StringNotEquals"]?.["aws:PrincipalArn"];
    expect(only).toStrictEqual(["arn:aws:iam::222222222222:role/homeroom-prod-ap-southeast-2-backup"]);
    synthesise(environments.prod)
      .template("backup")
      .hasResourceProperties("AWS::IAM::Role", { RoleName: "homeroom-prod-ap-southeast-2-backup" });
  });

  it("goes stale when the zone changes", () => {
    expect(serviceControlPolicy({ ...prod, residency: "EU", regions: [{ name: "eu-central-1" }] })).not.toEqual(policy);
  });
});
