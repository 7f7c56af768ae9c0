import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { platform } from "../../contract/index.ts";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { unpackSetting } from "../../runtime/rotation/packed-setting.ts";
import { environments, synthesise } from "./synthesis.ts";
import { present } from "../support/narrowing.ts";

describe("identity", () => {
  const dev = synthesise(environments.dev).template("identity");

  it("makes up every secret and encrypts it with its own key", () => {
    dev.resourceCountIs("AWS::SecretsManager::Secret", 10);
    dev.allResourcesProperties("AWS::SecretsManager::Secret", {
      GenerateSecretString: Match.anyValue(),
      KmsKeyId: Match.anyValue(),
      SecretString: Match.absent(),
      ReplicaRegions: Match.absent(),
    });
  });

  it("rotates the signing keys on schedule with a function of ours", () => {
    dev.hasResourceProperties("AWS::SecretsManager::RotationSchedule", {
      RotationRules: { ScheduleExpression: "rate(30 days)" },
      HostedRotationLambda: Match.absent(),
    });
    synthesise(environments.prod)
      .template("identity")
      .hasResourceProperties("AWS::SecretsManager::RotationSchedule", {
        RotationRules: { ScheduleExpression: "rate(7 days)" },
      });
  });

  it("runs one rotation at a time, inside the VPC, with its dates from configuration", () => {
    dev.hasResourceProperties("AWS::Lambda::Function", {
      Runtime: "nodejs24.x",
      Architectures: ["arm64"],
      ReservedConcurrentExecutions: 1,
      VpcConfig: Match.objectLike({ SubnetIds: Match.anyValue() }),
      DeadLetterConfig: Match.anyValue(),
      Environment: {
        Variables: Match.objectLike({
          HOMEROOM_ACTIVATE_AFTER_SECONDS: "1800",
          HOMEROOM_RETIRE_AFTER_SECONDS: "7200",
          HOMEROOM_ISSUERS: Match.serializedJson([
            { iss: "https://north.dev.school.example", tenants: ["north"] },
            { iss: "https://south.dev.school.example", tenants: ["south"] },
          ]),
        }),
      },
    });
  });

  it("rotates every database user on schedule, at once and by one function for each database", () => {
    const schedules = Object.values(dev.findResources("AWS::SecretsManager::RotationSchedule"));
    expect(schedules).toHaveLength(6);
    for (const { Properties } of schedules as { Properties: Record<string, unknown> }[])
      expect(Properties["RotateImmediatelyOnUpdate"]).not.toBe(false);
    for (const name of [platform.databases.metadata, platform.databases.audit, platform.databases.schools]) {
      dev.hasResourceProperties("AWS::Lambda::Function", {
        ReservedConcurrentExecutions: 1,
        DeadLetterConfig: Match.anyValue(),
        VpcConfig: Match.objectLike({ SubnetIds: Match.anyValue() }),
        Environment: {
          Variables: Match.objectLike({
            HOMEROOM_DATABASE_NAME: name,
            HOMEROOM_DATABASE_CA_FILE: "/var/runtime/ca-cert.pem",
            HOMEROOM_DATABASE_ADMIN_SECRET: Match.anyValue(),
          }),
        },
      });
    }
  });

  it("keeps engine, place and login beside the password that is made up", () => {
    dev.hasResourceProperties("AWS::SecretsManager::Secret", {
      Name: "homeroom/dev/analytics-reader-user",
      GenerateSecretString: {
        GenerateStringKey: "password",
        SecretStringTemplate: JSON.stringify({
          engine: "postgres",
          host: "schools.dev.internal",
          port: 5432,
          dbname: "homeroom_schools",
          username: "analytics_reader_a",
        }),
      },
    });
  });

  it("lets each function reach its database, the endpoints and nothing else", () => {
    dev.resourceCountIs("AWS::EC2::SecurityGroupIngress", 3);
    const rules = Object.values(dev.findResources("AWS::EC2::SecurityGroup")).flatMap(
      ({ Properties }: { Properties?: { SecurityGroupEgress?: { ToPort: number }[] } }) =>
        Properties?.SecurityGroupEgress ?? [],
    );
    expect([...new Set(rules.map(({ ToPort }) => ToPort))]).toStrictEqual([443]);
  });

  it("leaves the users of a database without an administrator to an operator, and makes no function for it", () => {
    const config = structuredClone(environments.dev);
    for (const database of config.analyticsDatabases ?? []) delete database.administrator;
    const template = synthesise(config).template("identity");
    template.resourceCountIs("AWS::SecretsManager::RotationSchedule", 4);
    template.resourceCountIs("AWS::Lambda::Function", 3);
  });

  it("hands over hundreds of tenants within Lambda's 4 KB of environment", () => {
    const input = environments.dev;
    const names = Array.from({ length: 400 }, (_, index) => `school-${(index * 7919) % 10007}`);
    const more = names.map((id) => ({
      id,
      isolation: "shared" as const,
      hostProducts: [`https://${id}.school.example`],
    }));
    const [north, ...others] = input.identity.issuers;
    present(north);
    const issuers = [{ ...north, tenants: [...north.tenants, ...names] }, ...others];
    const synthesis = synthesise({
      ...input,
      tenants: [...input.tenants, ...more],
      identity: { ...input.identity, issuers },
    });
    refuseUnsafe(synthesis.assembly);
    const texts = synthesis
      .resources()
      .map(
        ({ resource }) =>
          (resource.Properties?.["Environment"] as Environment | undefined)?.Variables["HOMEROOM_ISSUERS"],
      )
      .filter((text) => text !== undefined);
    expect(
      texts.map((text) => (JSON.parse(unpackSetting(text)) as { tenants: string[] }[])[0]?.tenants.length),
    ).toStrictEqual([401]);
  });
});

interface Environment {
  readonly Variables: Readonly<Record<string, string>>;
}
