import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { environments, synthesise } from "./synthesis.ts";

describe("backups", () => {
  const dev = synthesise(environments.dev);
  const prod = synthesise(environments.prod);

  it("has a plan for each class of data, each copied to the second region for as long", () => {
    for (const [name, days] of [
      ["metadata", 35],
      ["audit", 365],
    ] as const) {
      prod.template("backup").hasResourceProperties("AWS::Backup::BackupPlan", {
        BackupPlan: {
          BackupPlanName: `homeroom-prod-${name}-ap-southeast-2`,
          BackupPlanRule: [
            Match.objectLike({
              ScheduleExpression: "cron(30 0/6 * * ? *)",
              Lifecycle: { DeleteAfterDays: days },
              CopyActions: [
                {
                  DestinationBackupVaultArn:
                    "arn:aws:backup:ap-southeast-4:222222222222:backup-vault:homeroom-prod-copies-ap-southeast-2",
                  Lifecycle: { DeleteAfterDays: days },
                },
              ],
            }),
          ],
        },
      });
    }
  });

  it("locks both vaults in compliance mode in prod", () => {
    for (const stack of ["backup", "backup-copy"]) {
      prod.template(stack).hasResourceProperties("AWS::Backup::BackupVault", {
        EncryptionKeyArn: Match.anyValue(),
        LockConfiguration: { MinRetentionDays: 35, MaxRetentionDays: 2557, ChangeableForDays: 7 },
      });
    }
  });

  it("leaves out lock, copy and restore test where configuration gives a reason", () => {
    expect(dev.stacks.filter(({ subject }) => subject === "backup-copy")).toEqual([]);
    const template = dev.template("backup");
    template.hasResourceProperties("AWS::Backup::BackupVault", { LockConfiguration: Match.absent() });
    expect(JSON.stringify(dev.json("backup"))).not.toMatch(/CopyActions|RestoreTesting/);
  });

  it("selects by tag alone, in this environment alone", () => {
    const selections = dev.resources().filter(({ resource }) => resource.Type === "AWS::Backup::BackupSelection");
    expect(selections).toHaveLength(2);
    for (const { resource } of selections) {
      const { BackupSelection } = resource.Properties as {
        BackupSelection: { Conditions: { StringEquals: object[] } };
      };
      expect(
        BackupSelection.Conditions.StringEquals.map((condition) => Object.values(condition)[0] as string),
      ).toStrictEqual(["aws:ResourceTag/homeroom:backup", "aws:ResourceTag/homeroom:environment"]);
    }
  });

  it("tags the databases of each class and nothing else that holds rows", () => {
    const tagged = dev.resources().flatMap(({ stack, resource }) => {
      const tags = resource.Type === "AWS::RDS::DBInstance" ? (resource.Properties?.["Tags"] as Tag[]) : [];
      return tags.filter(({ Key }) => Key === "homeroom:backup").map(({ Value }) => `${stack} ${Value}`);
    });
    expect(tagged.sort()).toStrictEqual(["audit audit", "data metadata"]);
  });

  it("restores once a month where configuration asks for it, reachable by nobody", () => {
    prod.template("backup").hasResourceProperties("AWS::Backup::RestoreTestingSelection", {
      ProtectedResourceType: "RDS",
      RestoreMetadataOverrides: Match.objectLike({ publiclyAccessible: "false" }),
    });
  });
});

interface Tag {
  readonly Key: string;
  readonly Value: string;
}
