import { RemovalPolicy } from "aws-cdk-lib";
import * as ec2 from "aws-cdk-lib/aws-ec2";
import * as elasticache from "aws-cdk-lib/aws-elasticache";
import type * as kms from "aws-cdk-lib/aws-kms";
import { Construct } from "constructs";
import { acknowledge } from "../checks/findings/acknowledge.ts";
import type { Redis as RedisConfig } from "../config/schema/data.ts";
import { GeneratedSecret } from "./generated-secret.ts";
import { versions } from "../versions.ts";

/** The Redis rights that Superset's caches and Celery need; test/pods runs both under them. */
export const supersetRules = "~* &* +@all -@dangerous +info +keys +flushdb";

export interface RedisProps {
  readonly vpc: ec2.IVpc;
  readonly key: kms.IKey;
  readonly redis: RedisConfig;
  readonly engine: keyof typeof versions.redis;
  readonly subnetGroupName: string;
  /** The name of the user and its group, unique in an account and region. */
  readonly name: string;
  readonly secretName: string;
  /** Says what happens when memory is full: a broker must refuse writes, a cache must forget. */
  readonly whenFull: "noeviction" | "allkeys-lru";
  readonly purpose: string;
  /** Users beside Superset's. @default none */
  readonly otherUsers?: readonly RedisUser[];
}

export interface RedisUser {
  readonly name: string;
  readonly secretName: string;
  /** The keys and commands that the user may use, as Redis's ACL writes them; all others are refused. */
  readonly rules: string;
}

/** A Redis group of one shard with cluster mode off: Celery cannot use a Redis Cluster as its broker. */
export class Redis extends Construct {
  readonly group: elasticache.CfnReplicationGroup;
  readonly securityGroup: ec2.SecurityGroup;
  readonly userName = "superset";
  /** Ids of the primary and its replicas, as ElastiCache numbers them; metrics are published for these alone. */
  readonly nodes: readonly string[];

  constructor(scope: Construct, id: string, props: RedisProps) {
    super(scope, id);
    this.securityGroup = new ec2.SecurityGroup(this, "Access", {
      vpc: props.vpc,
      description: `Who may connect to the ${props.purpose}`,
      allowAllOutbound: false,
    });
    const { engine } = props;
    const { engineVersion, parameterGroupFamily } = versions.redis[engine];
    this.group = new elasticache.CfnReplicationGroup(this, "Group", {
      replicationGroupDescription: props.purpose,
      engine,
      engineVersion,
      cacheNodeType: props.redis.nodeType,
      clusterMode: "disabled",
      numNodeGroups: 1,
      replicasPerNodeGroup: props.redis.replicas,
      automaticFailoverEnabled: true,
      multiAzEnabled: true,
      cacheSubnetGroupName: props.subnetGroupName,
      securityGroupIds: [this.securityGroup.securityGroupId],
      cacheParameterGroupName: new elasticache.CfnParameterGroup(this, "Parameters", {
        cacheParameterGroupFamily: parameterGroupFamily,
        description: props.purpose,
        properties: { "maxmemory-policy": props.whenFull },
      }).ref,
      atRestEncryptionEnabled: true,
      kmsKeyId: props.key.keyArn,
      transitEncryptionEnabled: true,
      transitEncryptionMode: "required",
      autoMinorVersionUpgrade: true,
      snapshotRetentionLimit: 15,
      userGroupIds: [this.#users(props)],
    });
    this.group.applyRemovalPolicy(RemovalPolicy.RETAIN);
    this.nodes = Array.from(
      { length: props.redis.replicas + 1 },
      (_, index) => `${this.group.ref}-${String(index + 1).padStart(3, "0")}`,
    );
    acknowledge(this.group, {
      reason: "Security groups admit the pods alone; another port hides nothing from them",
      solutions: ["AEC5"],
    });
    acknowledge(this.group, {
      reason: "A user group with a password and an access string replaces the one token that the rule looks for",
      solutions: ["AEC6"],
    });
  }

  get address(): { user: string; host: string } {
    return { user: this.userName, host: this.group.attrPrimaryEndPointAddress };
  }

  #users(props: RedisProps): string {
    const { name, engine, otherUsers = [] } = props;
    const supersetUser = { name: this.userName, secretName: props.secretName, rules: supersetRules };
    const superset = this.#user(props, "", supersetUser);
    const others = otherUsers.map((user) => this.#user(props, `-${user.name}`, user));
    const users = new elasticache.CfnUserGroup(this, "Users", {
      engine,
      userGroupId: name,
      userIds: [...this.#disabledDefaultUser(props), superset.ref, ...others.map(({ ref }) => ref)],
    });
    return users.ref;
  }

  /**
   * Makes the disabled user "default" where the engine demands one. Redis must have it in each group; Valkey refuses
   * a user without a password.
   */
  #disabledDefaultUser({ name, engine }: RedisProps): string[] {
    if (engine === "valkey") return [];
    const disabled = new elasticache.CfnUser(this, "Nobody", {
      engine,
      userId: `${name}-nobody`,
      userName: "default",
      accessString: "off ~* -@all",
      authenticationMode: { Type: "no-password-required" },
    });
    return [disabled.ref];
  }

  #user({ engine, key, name, purpose }: RedisProps, suffix: string, user: RedisUser): elasticache.CfnUser {
    const password = new GeneratedSecret(this, `Password${suffix}`, {
      secretName: user.secretName,
      description: `Redis user ${user.name} of the ${purpose}`,
      key,
      rotatedBy: "an operator with the runbook: Redis holds two passwords of a user, so no session is lost",
    });
    return new elasticache.CfnUser(this, `User${suffix}`, {
      engine,
      userId: `${name}-${user.name}`,
      userName: user.name,
      accessString: `on ${user.rules}`,
      authenticationMode: { Type: "password", Passwords: [password.secretValue.unsafeUnwrap()] },
    });
  }
}
