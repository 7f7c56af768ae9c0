import { describe, it } from "node:test";
import { Match } from "aws-cdk-lib/assertions";
import { environments, synthesise } from "./synthesis.ts";

describe("identity", () => {
  const dev = synthesise(environments.dev).template("identity");

  it("makes up every secret and encrypts it with its own key", () => {
    dev.resourceCountIs("AWS::SecretsManager::Secret", 9);
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
});
