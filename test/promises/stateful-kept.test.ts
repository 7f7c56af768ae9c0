import { describe, expect, it } from "@jest/globals";
import { stateful, statefulTypes } from "../lib/stateful.ts";
import { environments, type Resource, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { expecting } from "../support/expecting.ts";

const encryption: Readonly<Record<string, (properties: Readonly<Record<string, unknown>>) => boolean>> = {
  "AWS::RDS::DBInstance": (properties) =>
    properties["StorageEncrypted"] === true && properties["KmsKeyId"] !== undefined,
  "AWS::ElastiCache::ReplicationGroup": (properties) =>
    properties["AtRestEncryptionEnabled"] === true && properties["KmsKeyId"] !== undefined,
  "AWS::S3::Bucket": (properties) => properties["BucketEncryption"] !== undefined,
  "AWS::Backup::BackupVault": (properties) => properties["EncryptionKeyArn"] !== undefined,
  "AWS::SecretsManager::Secret": (properties) => properties["KmsKeyId"] !== undefined,
};

function faults({ Type, Properties = {}, DeletionPolicy, UpdateReplacePolicy }: Resource): string[] {
  return [
    ...(DeletionPolicy === "RetainExceptOnCreate" && UpdateReplacePolicy === "Retain" ? [] : ["not retained"]),
    ...(encryption[Type]?.(Properties) === true ? [] : ["not encrypted"]),
  ];
}

describe("everything that holds state is kept and encrypted", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => {
      const synthesis = synthesise(deployment);
      const found = synthesis.resources().filter(({ resource }) => statefulTypes.includes(resource.Type));
      expecting(`only ${found.length} stateful resources: is the platform whole?`, found.length).toBeGreaterThanOrEqual(
        15,
      );
      expect(
        found.flatMap(({ stack, id, resource }) => faults(resource).map((fault) => `${stack}/${id}: ${fault}`)),
      ).toStrictEqual([]);
      expecting("keys that encrypt data at rest belong to the table", stateful(synthesis).length).toBeGreaterThan(
        found.length,
      );
    });

    it(`can be repeated for ${name} after a first deploy that failed: nothing that it made keeps its name taken`, () => {
      expect(
        synthesise(deployment)
          .resources()
          .filter(({ resource }) => resource.DeletionPolicy === "Retain")
          .map(({ stack, id }) => `${stack}/${id}`),
      ).toStrictEqual([]);
    });

    it(`protects the stacks of ${name} that hold it from termination`, () => {
      for (const stack of synthesise(deployment).assembly.stacks) {
        const holds = Object.values((stack.template as { Resources: Record<string, Resource> }).Resources).some(
          ({ Type }) => statefulTypes.includes(Type),
        );
        if (holds) expecting(stack.stackName, stack.terminationProtection).toBe(true);
      }
    });
  }

  it("notices a database that goes with its stack, or is in clear", () => {
    const kept = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };
    const properties = { StorageEncrypted: true, KmsKeyId: "key" };
    const good = { Type: "AWS::RDS::DBInstance", Properties: properties, ...kept };
    expect(faults(good)).toStrictEqual([]);
    expect(faults({ ...good, DeletionPolicy: "Delete" })).toStrictEqual(["not retained"]);
    expect(faults({ ...good, Properties: { ...properties, StorageEncrypted: false } })).toStrictEqual([
      "not encrypted",
    ]);
  });
});
