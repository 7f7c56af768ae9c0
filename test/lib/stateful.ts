import type { Synthesis } from "./synthesis.ts";

/** Types whose replacement loses data, or locks it away for good. */
export const statefulTypes: readonly string[] = [
  "AWS::RDS::DBInstance",
  "AWS::ElastiCache::ReplicationGroup",
  "AWS::S3::Bucket",
  "AWS::Backup::BackupVault",
  "AWS::SecretsManager::Secret",
];

/** A key that encrypts data at rest is as stateful as the data. */
export function stateful(synthesis: Synthesis): string[] {
  return synthesis
    .resources()
    .filter(({ resource }) => statefulTypes.includes(resource.Type) || keepsData(resource))
    .map(({ stack, id, resource }) => `${stack} ${resource.Type} ${id}`)
    .sort();
}

function keepsData({ Type, DeletionPolicy }: { readonly Type: string; readonly DeletionPolicy?: string }): boolean {
  return Type === "AWS::KMS::Key" && DeletionPolicy !== "Delete";
}
