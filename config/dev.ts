import type { DeploymentInput } from "../lib/config/schema/deployment.ts";
import mirrored from "./images/dev.json" with { type: "json" };

const small = "a small environment without a customer's data; a lost hour costs nothing";

export default {
  environment: "dev",
  account: "111111111111",
  residency: "AU",
  regions: [
    {
      name: "ap-southeast-2",
      availabilityZones: ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"],
      cidr: "10.20.0.0/16",
    },
  ],
  network: {
    egress: {
      mode: "allow-list",
      natGateways: 1,
      domains: ["acme-v02.api.letsencrypt.org", "route53.amazonaws.com"],
    },
    flowLogDays: 30,
  },
  edge: {
    domain: "dev.homeroom.example",
    hostedZoneId: "Z0000000000DEV",
    certificates: { mode: "public-ca", contact: "operations@homeroom.example" },
  },
  cluster: {
    kubernetes: "1.36",
    compute: { mode: "auto" },
    adminRoles: ["homeroom-operations"],
    logDays: 30,
    deletionProtection: { off: true, because: "the cluster holds no state and is rebuilt from here" },
  },
  data: {
    metadata: {
      instanceClass: "t4g.medium",
      storageGb: 20,
      storageMaxGb: 100,
      multiAz: { off: true, because: small },
      backupDays: 7,
      deletionProtection: true,
    },
    cache: { nodeType: "cache.t4g.small", replicas: 1 },
    broker: { nodeType: "cache.t4g.small", replicas: 1 },
  },
  identity: {
    issuers: [
      { id: "north", url: "https://north.dev.school.example", tenants: ["north"] },
      { id: "south", url: "https://south.dev.school.example", tenants: ["south"] },
    ],
    signingKeys: {
      rotateEveryDays: 30,
      mountRefreshMinutes: 2,
      activateAfterMinutes: 30,
      retireAfterMinutes: 120,
    },
  },
  audit: {
    database: {
      instanceClass: "t4g.medium",
      storageGb: 20,
      storageMaxGb: 100,
      multiAz: { off: true, because: small },
      backupDays: 7,
      deletionProtection: true,
    },
    lockDays: 30,
    retention: { r1: 30, h6: 30, e7: 30, raw: 30 },
  },
  backups: {
    lock: { off: true, because: small },
    copy: { off: true, because: small },
    restoreTests: { off: true, because: small },
    metadata: { everyHours: 24, keepDays: 7, copyKeepDays: 7 },
    audit: { everyHours: 24, keepDays: 7, copyKeepDays: 7 },
  },
  analyticsDatabases: [
    {
      id: "shared",
      region: "ap-southeast-2",
      host: "schools.dev.internal",
      name: "homeroom_schools",
      cidrs: ["10.21.0.0/16"],
      access: { mode: "security-group", securityGroupId: "sg-0123456789abcdef0" },
      administrator: {
        secretArn: "arn:aws:secretsmanager:ap-southeast-2:111111111111:secret:schools/administrator-AbCdEf",
        keyArn: "arn:aws:kms:ap-southeast-2:111111111111:key/11111111-2222-3333-4444-555555555555",
      },
    },
    {
      id: "south",
      region: "ap-southeast-2",
      host: "south.dev.internal",
      name: "homeroom_schools",
      cidrs: ["10.22.0.0/16"],
      access: { mode: "security-group", securityGroupId: "sg-0123456789abcdef1" },
      administrator: {
        secretArn: "arn:aws:secretsmanager:ap-southeast-2:111111111111:secret:south/administrator-AbCdEf",
        keyArn: "arn:aws:kms:ap-southeast-2:111111111111:key/11111111-2222-3333-4444-666666666666",
      },
    },
  ],
  workload: {
    images: {
      superset: {
        repository: "homeroom/superset",
        digest: "sha256:1111111111111111111111111111111111111111111111111111111111111111",
      },
      tokens: {
        repository: "homeroom/tokens",
        digest: "sha256:2222222222222222222222222222222222222222222222222222222222222222",
      },
      statsdExporter: {
        repository: "homeroom/statsd-exporter",
        digest: mirrored.images["statsd-exporter"],
      },
    },
    web: { minReplicas: 2, maxReplicas: 4 },
    workers: { minReplicas: 1, maxReplicas: 4 },
  },
  addons: { images: mirrored.images, highlyAvailable: { off: true, because: small } },
  observability: {
    alarmEmail: "operations@homeroom.example",
    monthlyBudgetUsd: 1200,
    freeStorageGb: 5,
    cpuPercent: 80,
    archiveLagMinutes: 30,
  },
  tenants: [
    { id: "north", isolation: "shared", hostProducts: ["https://north.dev.school.example"] },
    {
      id: "south",
      isolation: "database",
      database: "south",
      hostProducts: ["https://south.dev.school.example"],
      monthlyBudgetUsd: 100,
    },
  ],
} satisfies DeploymentInput;
