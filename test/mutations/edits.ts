/** One bad edit of the sources of templates and charts, and the test file that must fail because of it. */
export interface Edit {
  /** The guard that the edit takes away. */
  readonly guard: string;
  readonly file: string;
  /** Text that occurs once in the file. */
  readonly old: string;
  readonly replacement: string;
  /** A test file that compares no golden file. */
  readonly test: string;
}

type Row = readonly [guard: string, old: string, replacement: string, test: string];

const rows: Readonly<Record<string, readonly Row[]>> = {
  "lib/blocks/postgres.ts": [
    [
      "databases in private subnets",
      'subnetGroupName: "data"',
      'subnetGroupName: "edge"',
      "promises/private-and-encrypted",
    ],
    ["no public database", "publiclyAccessible: false", "publiclyAccessible: true", "lib/data"],
    ["encrypted databases", "      storageEncryptionKey: key,\n", "", "promises/stateful-kept"],
    ["TLS to databases", '"rds.force_ssl": "1"', '"rds.force_ssl": "0"', "lib/data"],
    [
      "TLS 1.2 to databases",
      'ssl_min_protocol_version: "TLSv1.2"',
      'ssl_min_protocol_version: "TLSv1"',
      "promises/private-and-encrypted",
    ],
    [
      "SCRAM passwords",
      'password_encryption: "scram-sha-256"',
      'password_encryption: "md5"',
      "promises/private-and-encrypted",
    ],
    ["master password of RDS", "manageMasterUserPassword: true", "manageMasterUserPassword: false", "lib/data"],
    [
      "databases kept",
      "removalPolicy: RemovalPolicy.RETAIN,\n      autoMinor",
      "removalPolicy: RemovalPolicy.DESTROY,\n      autoMinor",
      "promises/stateful-kept",
    ],
    [
      "deletion protection",
      "deletionProtection: isOn(database.deletionProtection)",
      "deletionProtection: false",
      "lib/data",
    ],
    ["backups outlive the database", "deleteAutomatedBackups: false", "deleteAutomatedBackups: true", "lib/data"],
    ["two zones", "multiAz: isOn(database.multiAz)", "multiAz: false", "lib/data"],
    ["logical id of a database", 'this, "Instance", {', 'this, "Database", {', "promises/private-and-encrypted"],
    ["encrypted logs of databases", "encryptsLog(key, logGroupName);", "", "lib/service-logs"],
  ],
  "lib/blocks/redis.ts": [
    ["commands of Superset's Redis user", "-@dangerous +info", "+info", "promises/private-and-encrypted"],
    ["default Redis user", 'accessString: "off ~* -@all"', 'accessString: "on ~* +@all"', "lib/data"],
    ["TLS to Redis", 'transitEncryptionMode: "required"', 'transitEncryptionMode: "preferred"', "lib/data"],
    ["encrypted Redis", "atRestEncryptionEnabled: true", "atRestEncryptionEnabled: false", "lib/data"],
    ["failover of Redis", "automaticFailoverEnabled: true", "automaticFailoverEnabled: false", "lib/data"],
    [
      "a broker that forgets nothing",
      '"maxmemory-policy": props.whenFull',
      '"maxmemory-policy": "allkeys-lru"',
      "lib/data",
    ],
    ["Redis kept", "this.group.applyRemovalPolicy(RemovalPolicy.RETAIN);", "", "promises/stateful-kept"],
  ],
  "lib/blocks/log-key.ts": [
    ["the one log group of a key", "log-group:${logGroupName}`", "log-group:*`", "promises/private-and-encrypted"],
  ],
  "lib/blocks/generated-secret.ts": [
    [
      "secrets kept",
      "removalPolicy: RemovalPolicy.RETAIN",
      "removalPolicy: RemovalPolicy.DESTROY",
      "promises/stateful-kept",
    ],
    ["secrets by a key of ours", "      encryptionKey: props.key,\n", "", "promises/stateful-kept"],
  ],
  "lib/blocks/pod-role.ts": [
    ["secrets by exact names", "secret:${name}-??????`", "secret:*`", "lib/workload"],
    [
      "decryption for Secrets Manager alone",
      'conditions: { StringEquals: { "kms:ViaService": `secretsmanager.${region}.amazonaws.com` } },',
      "",
      "promises/private-and-encrypted",
    ],
  ],
  "lib/addons/log-store.ts": [
    [
      "Loki's key through S3 alone",
      'conditions: { StringEquals: { "kms:ViaService": `s3.${Stack.of(this).region}.amazonaws.com` } },',
      "",
      "promises/private-and-encrypted",
    ],
    ["TLS to the logs", "minimumTLSVersion: 1.2,\n", "", "promises/private-and-encrypted"],
  ],
  "lib/addons/alert-topic.ts": [
    [
      "Alertmanager's key through SNS alone",
      'conditions: { StringEquals: { "kms:ViaService": `sns.${Stack.of(this).region}.amazonaws.com` } },',
      "",
      "promises/private-and-encrypted",
    ],
    ["TLS to alerts", ", enforceSSL: true", "", "promises/private-and-encrypted"],
  ],
  "lib/addons/addon-roles.ts": [
    [
      "joining target groups of this account alone",
      "resources: [targetGroups],",
      'resources: ["*"],',
      "promises/private-and-encrypted",
    ],
  ],
  "charts/addons/cluster/allowed-connections.ts": [
    [
      "add-ons without private addresses",
      'except: ["10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"],',
      "except: [],",
      "charts/addons/addon-policies",
    ],
  ],
  "charts/addons/helm/alloy.ts": [
    ["no token in the log store", 'expression = "[?&]jwt=', 'expression = "[?&]none=', "charts/addons/helm-values"],
  ],
  "charts/addons/helm/loki.ts": [
    ["tenants of logs kept apart", "auth_enabled: true", "auth_enabled: false", "charts/addons/helm-values"],
    ["log lines with an end", "retention_enabled: true", "retention_enabled: false", "charts/addons/helm-values"],
  ],
  "charts/superset/monitoring.ts": [
    [
      "a page for missing web pods",
      '"SupersetWebUnavailable",\n      "page"',
      '"SupersetWebUnavailable",\n      "ticket"',
      "charts/superset/monitoring",
    ],
  ],
  "lib/blocks/alarms.ts": [
    ["alarms that tell somebody", "alarm.addAlarmAction(action);", "", "lib/observability"],
    ["a heading in the runbook", "See docs/runbook.md#${name}`", "See the runbook`", "lib/observability"],
    [
      "silence is an outage",
      "? cloudwatch.TreatMissingData.BREACHING",
      "? cloudwatch.TreatMissingData.IGNORE",
      "lib/observability",
    ],
  ],
  "lib/blocks/rotation-function.ts": [
    ["one rotation at a time", "reservedConcurrentExecutions: 1,", "", "lib/identity"],
    [
      "rotation inside the VPC",
      '      vpc,\n      vpcSubnets: { subnetGroupName: "workload" },\n      securityGroups: [this.securityGroup],\n',
      "",
      "lib/identity",
    ],
  ],
  "lib/network/network-stack.ts": [
    ["no public addresses", "mapPublicIpOnLaunch: false", "mapPublicIpOnLaunch: true", "lib/network"],
    [
      "data without a way out",
      '{ name: "data", subnetType: ec2.SubnetType.PRIVATE_ISOLATED',
      '{ name: "data", subnetType: ec2.SubnetType.PUBLIC',
      "lib/network",
    ],
    ["every flow in the log", "ec2.FlowLogTrafficType.ALL", "ec2.FlowLogTrafficType.REJECT", "lib/network"],
    [
      "endpoints on 443 alone",
      'ec2.Port.tcp(443), "TLS from the VPC"',
      'ec2.Port.allTcp(), "From the VPC"',
      "lib/network",
    ],
  ],
  "lib/network/endpoints.ts": [
    ["endpoint of KMS", "  Kms: service.KMS,\n", "", "lib/network"],
    ["endpoint of Secrets Manager", "  SecretsManager: service.SECRETS_MANAGER,\n", "", "lib/network"],
  ],
  "lib/network/endpoint-policies.ts": [
    ["callers of the account", 'conditions: { StringEquals: { "aws:PrincipalAccount": account } },', "", "lib/network"],
    ["buckets of the account", '"aws:ResourceAccount": account, ', "", "lib/network"],
  ],
  "lib/network/name-allow-list.ts": [
    ["other names blocked", 'action: "BLOCK", blockResponse: "NXDOMAIN"', 'action: "ALERT"', "lib/network"],
  ],
  "lib/audit/archive.ts": [
    [
      "Object Lock of evidence",
      "      objectLockEnabled: true,\n      objectLockDefaultRetention: s3.ObjectLockRetention.compliance(Duration.days(props.lockDays)),\n",
      "",
      "lib/audit",
    ],
    [
      "a lock that nobody lifts",
      "s3.ObjectLockRetention.compliance(",
      "s3.ObjectLockRetention.governance(",
      "promises/protections-on",
    ],
    ["a private archive", "s3.BlockPublicAccess.BLOCK_ALL", "s3.BlockPublicAccess.BLOCK_ACLS_ONLY", "lib/audit"],
    ["TLS to the archive", "enforceSSL: true", "enforceSSL: false", "promises/policy-findings"],
  ],
  "lib/audit/replication.ts": [
    [
      "no delete marker in the copy",
      'deleteMarkerReplication: { status: "Disabled" }',
      'deleteMarkerReplication: { status: "Enabled" }',
      "lib/audit",
    ],
    [
      "the one key of the copy",
      '"ForAnyValue:StringEquals": { "kms:ResourceAliases": copy.keyAlias },\n',
      "",
      "lib/audit",
    ],
  ],
  "lib/backup/backup-stack.ts": [
    [
      "backups of this environment alone",
      '            { ConditionKey: "aws:ResourceTag/homeroom:environment", ConditionValue: naming.environment },\n',
      "",
      "lib/backup",
    ],
    ["a copy of each backup", "...(destination === undefined", "...(destination !== undefined", "lib/backup"],
  ],
  "lib/cluster/cluster-stack.ts": [
    ["private API server", "eks.EndpointAccess.PRIVATE", "eks.EndpointAccess.PUBLIC_AND_PRIVATE", "lib/cluster"],
    ["encrypted Kubernetes secrets", "      secretsEncryptionKey: secretsKey,\n", "", "lib/cluster"],
    ["audit log of the API server", "  eks.ClusterLoggingTypes.AUDIT,\n", "", "lib/cluster"],
    [
      "no administrator by chance",
      "bootstrapClusterCreatorAdminPermissions: false",
      "bootstrapClusterCreatorAdminPermissions: true",
      "lib/cluster",
    ],
    [
      "deletion protection of the cluster",
      'resource.addPropertyOverride("DeletionProtection", isOn(config.deletionProtection));',
      "",
      "lib/cluster",
    ],
    ["no paid extended support", 'SupportType: "STANDARD"', 'SupportType: "EXTENDED"', "lib/cluster"],
  ],
  "lib/edge/edge-stack.ts": [
    ["one port to anyone", 'ec2.Port.tcp(httpsPort), "Browsers"', 'ec2.Port.allTcp(), "Browsers"', "lib/edge"],
    ["the client's address", "proxyProtocolV2: true", "proxyProtocolV2: false", "lib/edge"],
  ],
  "lib/addons/certificate-access.ts": [
    [
      "one zone's TXT records",
      'actions: ["route53:ChangeResourceRecordSets"]',
      'actions: ["route53:*"]',
      "promises/private-and-encrypted",
    ],
    [
      "TXT records alone",
      'conditions: { "ForAllValues:StringEquals": { "route53:ChangeResourceRecordSetsRecordTypes": ["TXT"] } },',
      "",
      "lib/addons",
    ],
  ],
  "lib/addons/disk-key.ts": [
    [
      "grants for attached disks alone",
      'conditions: { Bool: { "kms:GrantIsForAWSResource": "true" } },',
      "",
      "lib/addons",
    ],
  ],
  "lib/workload/database-access.ts": [
    ["one port of each store", "toPort: target.port", "toPort: 65535", "lib/workload"],
  ],
  "charts/addons/cluster/nodes.ts": [
    ["the nodes' disk key", ", kmsKeyID: props.diskKeyArn", "", "promises/private-and-encrypted"],
    [
      "network policies enforced",
      '"enable-network-policy-controller": "true"',
      '"enable-network-policy-controller": "false"',
      "lib/addons",
    ],
  ],
  "charts/superset/pod.ts": [
    ["no escalation", "allowPrivilegeEscalation: false", "allowPrivilegeEscalation: true", "charts/superset/pods"],
    ["read-only root", "readOnlyRootFilesystem: true", "readOnlyRootFilesystem: false", "charts/superset/pods"],
    ["no capabilities", 'capabilities: { drop: ["ALL"] }', "capabilities: {}", "charts/superset/pods"],
    [
      "no service account token",
      "automountServiceAccountToken: false",
      "automountServiceAccountToken: true",
      "charts/superset/pods",
    ],
    [
      "seccomp",
      'seccompProfile: { type: "RuntimeDefault" }',
      'seccompProfile: { type: "Unconfined" }',
      "charts/superset/pods",
    ],
    [
      "pods over the zones",
      'topology.kubernetes.io/zone", "DoNotSchedule"',
      'topology.kubernetes.io/zone", "ScheduleAnyway"',
      "charts/superset/pods",
    ],
  ],
  "charts/superset/web.ts": [
    [
      "rollouts without a gap",
      "maxUnavailable: k8s.IntOrString.fromNumber(0)",
      "maxUnavailable: k8s.IntOrString.fromNumber(1)",
      "charts/superset/pods",
    ],
    ["path alone in the access log", '"%(m)s %(U)s %(H)s"', '"%(r)s"', "charts/superset/configuration"],
    [
      "request line of the contract",
      "--limit-request-line=${limits.requestLineBytes}",
      "--limit-request-line=0",
      "charts/superset/configuration",
    ],
  ],
  "charts/superset/network-policies.ts": [
    ["default deny", 'policyTypes: ["Ingress", "Egress"] }', 'policyTypes: ["Ingress"] }', "charts/superset/network"],
    [
      "web from the ingress alone",
      "ingress: [{ from: [inNamespace(ingressNamespace)], ports: [port(target)] }]",
      "ingress: [{ ports: [port(target)] }]",
      "charts/superset/network",
    ],
    [
      "token service to the trust store alone",
      "egress: [{ to: blocks(instance.dataCidrs), ports: [port(instance.redisPort)] }]",
      "egress: [{ to: blocks(instance.dataCidrs) }]",
      "charts/superset/network",
    ],
  ],
};

export const edits: readonly Edit[] = Object.entries(rows).flatMap(([file, guards]) =>
  guards.map(([guard, old, replacement, test]) => ({ guard, file, old, replacement, test: `test/${test}.test.ts` })),
);
