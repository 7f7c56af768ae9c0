import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import type * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elasticache from "aws-cdk-lib/aws-elasticache";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { platform, tokenServiceUser } from "../../contract/index.ts";
import type { Data } from "../config/schema/data.ts";
import type { Naming } from "../naming.ts";
import { Postgres } from "../blocks/postgres.ts";
import { Redis } from "../blocks/redis.ts";

export interface DataStackProps extends StackProps {
  readonly naming: Naming;
  readonly data: Data;
  readonly logDays: number;
  readonly vpc: ec2.IVpc;
}

export class DataStack extends Stack {
  readonly key: kms.Key;
  readonly metadata: Postgres;
  readonly cache: Redis;
  readonly broker: Redis;

  constructor(scope: Construct, id: string, props: DataStackProps) {
    super(scope, id, props);
    const { naming, vpc, data } = props;
    this.key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Superset's metadata, caches and queue",
    });
    this.metadata = new Postgres(this, "Metadata", {
      vpc,
      key: this.key,
      instanceName: naming.store("metadata"),
      databaseName: platform.databases.metadata,
      database: data.metadata,
      backupClass: "metadata",
      logDays: props.logDays,
    });
    const subnetGroupName = new elasticache.CfnSubnetGroup(this, "RedisSubnets", {
      description: "Isolated subnets",
      subnetIds: vpc.selectSubnets({ subnetGroupName: "data" }).subnetIds,
    }).ref;
    this.cache = new Redis(this, "Cache", {
      vpc,
      key: this.key,
      subnetGroupName,
      redis: data.cache,
      engine: data.cache.engine,
      name: naming.store("cache"),
      secretName: naming.secret(platform.secretFiles.cacheRedisPassword),
      whenFull: "allkeys-lru",
      purpose: "caches and sessions of Superset",
    });
    this.broker = new Redis(this, "Broker", {
      vpc,
      key: this.key,
      subnetGroupName,
      redis: data.broker,
      engine: "redis",
      name: naming.store("broker"),
      secretName: naming.secret(platform.secretFiles.brokerRedisPassword),
      whenFull: "noeviction",
      purpose: "Celery broker of Superset",
      otherUsers: [
        {
          name: tokenServiceUser.name,
          secretName: naming.secret(tokenServiceUser.passwordFile),
          rules: tokenServiceUser.rules,
        },
      ],
    });
  }
}
