import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { stateful, statefulTypes } from "../lib/stateful.ts";
import { environments, type Resource, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";

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
      assert.ok(found.length >= 15, `only ${found.length} stateful resources: is the platform whole?`);
      assert.deepEqual(
        found.flatMap(({ stack, id, resource }) => faults(resource).map((fault) => `${stack}/${id}: ${fault}`)),
        [],
      );
      assert.ok(stateful(synthesis).length > found.length, "keys that encrypt data at rest belong to the table");
    });

    it(`can be repeated for ${name} after a first deploy that failed: nothing that it made keeps its name taken`, () => {
      assert.deepEqual(
        synthesise(deployment)
          .resources()
          .filter(({ resource }) => resource.DeletionPolicy === "Retain")
          .map(({ stack, id }) => `${stack}/${id}`),
        [],
      );
    });

    it(`protects the stacks of ${name} that hold it from termination`, () => {
      for (const stack of synthesise(deployment).assembly.stacks) {
        const holds = Object.values((stack.template as { Resources: Record<string, Resource> }).Resources).some(
          ({ Type }) => statefulTypes.includes(Type),
        );
        if (holds) assert.equal(stack.terminationProtection, true, stack.stackName);
      }
    });
  }

  it("notices a database that goes with its stack, or is in clear", () => {
    const kept = { DeletionPolicy: "RetainExceptOnCreate", UpdateReplacePolicy: "Retain" };
    const properties = { StorageEncrypted: true, KmsKeyId: "key" };
    const good = { Type: "AWS::RDS::DBInstance", Properties: properties, ...kept };
    assert.deepEqual(faults(good), []);
    assert.deepEqual(faults({ ...good, DeletionPolicy: "Delete" }), ["not retained"]);
    assert.deepEqual(faults({ ...good, Properties: { ...properties, StorageEncrypted: false } }), ["not encrypted"]);
  });
});
