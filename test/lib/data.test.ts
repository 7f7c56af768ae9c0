import { describe, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { tokenServiceUser } from "../../contract/index.ts";
import { environments, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";

describe("data", () => {
  const dev = synthesise(environments.dev).template("data");
  const prod = synthesise(environments.prod).template("data");

  it("keeps Superset's metadata in an encrypted, private PostgreSQL 17", () => {
    dev.resourceCountIs("AWS::RDS::DBInstance", 1);
    dev.hasResourceProperties("AWS::RDS::DBInstance", {
      DBName: "homeroom_metadata",
      Engine: "postgres",
      EngineVersion: Match.stringLikeRegexp("^17\\."),
      EngineLifecycleSupport: "open-source-rds-extended-support-disabled",
      StorageEncrypted: true,
      KmsKeyId: Match.anyValue(),
      PubliclyAccessible: false,
      DeletionProtection: true,
      DeleteAutomatedBackups: false,
    });
  });

  it("has no master password of ours", () => {
    dev.hasResourceProperties("AWS::RDS::DBInstance", {
      ManageMasterUserPassword: true,
      MasterUserPassword: Match.absent(),
    });
  });

  it("refuses connections without TLS", () => {
    dev.hasResourceProperties("AWS::RDS::DBParameterGroup", { Parameters: Match.objectLike({ "rds.force_ssl": "1" }) });
  });

  it("is in two zones in prod", () => {
    prod.hasResourceProperties("AWS::RDS::DBInstance", { MultiAZ: true, BackupRetentionPeriod: 35 });
  });

  it("has a cache that forgets and a broker that does not", () => {
    dev.resourceCountIs("AWS::ElastiCache::ReplicationGroup", 2);
    for (const policy of ["allkeys-lru", "noeviction"]) {
      dev.hasResourceProperties("AWS::ElastiCache::ParameterGroup", { Properties: { "maxmemory-policy": policy } });
    }
  });

  it("runs Redis on one shard with TLS, users and failover", () => {
    dev.allResourcesProperties("AWS::ElastiCache::ReplicationGroup", {
      ClusterMode: "disabled",
      NumNodeGroups: 1,
      TransitEncryptionEnabled: true,
      TransitEncryptionMode: "required",
      AtRestEncryptionEnabled: true,
      MultiAZEnabled: true,
      AutomaticFailoverEnabled: true,
      AuthToken: Match.absent(),
    });
  });

  it("lets the default Redis user do nothing", () => {
    dev.hasResourceProperties("AWS::ElastiCache::User", { UserName: "default", AccessString: "off ~* -@all" });
  });

  it("gives the token service a user of the broker that has the trust store's keys and no queue's", () => {
    const user = { UserName: "tokens", AccessString: `on ${tokenServiceUser.rules}` };
    dev.resourcePropertiesCountIs("AWS::ElastiCache::User", { UserName: "tokens" }, 1);
    dev.hasResourceProperties("AWS::ElastiCache::User", { ...user, UserId: Match.stringLikeRegexp("-broker-tokens$") });
    dev.hasResourceProperties("AWS::SecretsManager::Secret", { Name: "homeroom/dev/tokens-redis-password" });
  });

  it("opens nothing by itself: the workload brings its own way in", () => {
    dev.resourceCountIs("AWS::EC2::SecurityGroupIngress", 0);
    dev.resourcePropertiesCountIs("AWS::EC2::SecurityGroup", { SecurityGroupIngress: Match.anyValue() }, 0);
  });

  it("keeps caches in Valkey by configuration, and the queue in Redis", () => {
    const template = synthesise(whole).template("data");
    template.hasResourceProperties("AWS::ElastiCache::ReplicationGroup", { Engine: "valkey", EngineVersion: "8.0" });
    template.hasResourceProperties("AWS::ElastiCache::ReplicationGroup", { Engine: "redis", EngineVersion: "7.1" });
    template.resourcePropertiesCountIs("AWS::ElastiCache::User", { Engine: "valkey" }, 1);
    template.hasResourceProperties("AWS::ElastiCache::User", {
      Engine: "valkey",
      AuthenticationMode: Match.objectLike({ Type: "password" }),
    });
  });
});
