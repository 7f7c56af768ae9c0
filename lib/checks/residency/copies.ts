import type { Deployment } from "../../config/schema/deployment.ts";
import { copyRegionOf } from "../../config/schema/zones.ts";
import { Naming } from "../../naming.ts";

/** The bucket and the vault that data is copied to, by name: every other copy is refused. */
export interface CopyTargets {
  readonly bucketArns: readonly string[];
  readonly vaultArns: readonly string[];
  /** Stacks that may stand in a region that serves nobody. */
  readonly stacks: readonly string[];
}

/** The part of a deployment that residency is judged by. */
export interface ResidentDeployment extends Pick<Deployment, "account" | "environment" | "residency"> {
  readonly regions: readonly { readonly name: string }[];
}

export function copyTargets({ account, environment, residency, regions }: ResidentDeployment): CopyTargets {
  const pairs = regions.map(({ name }) => {
    const region = copyRegionOf(residency, name);
    return { region, home: new Naming(environment, name), copyNaming: new Naming(environment, region) };
  });
  return {
    bucketArns: pairs.map(({ home }) => `arn:aws:s3:::${home.auditCopyBucket(account)}`),
    vaultArns: pairs.map(({ home, region }) => `arn:aws:backup:${region}:${account}:backup-vault:${home.copiesVault}`),
    stacks: pairs.flatMap(({ copyNaming }) => [copyNaming.stack("audit-copy"), copyNaming.stack("backup-copy")]),
  };
}

/** Finds replications and backup copies of a resource that go anywhere else. */
export function unnamedCopies(
  resource: { readonly Type: string; readonly Properties?: Record<string, unknown> },
  { bucketArns, vaultArns }: CopyTargets,
): string[] {
  const elsewhere = (key: string, allowed: readonly string[]): string[] =>
    valuesOf(resource.Properties, key)
      .filter((target) => typeof target !== "string" || !allowed.includes(target))
      .map((target) => `copies to ${JSON.stringify(target)}; the zone allows ${allowed.join(", ")}`);
  if (resource.Type === "AWS::S3::Bucket") {
    const rules = resource.Properties?.["ReplicationConfiguration"];
    return rules === undefined ? [] : elsewhere("Bucket", bucketArns);
  }
  if (resource.Type === "AWS::Backup::BackupPlan") return elsewhere("DestinationBackupVaultArn", vaultArns);
  return [];
}

function valuesOf(value: unknown, key: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((child) => valuesOf(child, key));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([name, child]): unknown[] => (name === key ? [child] : valuesOf(child, key)));
}
