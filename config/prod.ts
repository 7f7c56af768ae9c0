import type { DeploymentInput } from "../lib/config/schema/deployment.ts";
import mirrored from "./images/prod.json" with { type: "json" };

export default {
  environment: "prod",
  account: "222222222222",
  residency: "AU",
  regions: [
    {
      name: "ap-southeast-2",
      availabilityZones: ["ap-southeast-2a", "ap-southeast-2b", "ap-southeast-2c"],
      cidr: "10.30.0.0/16",
    },
  ],
  network: {
    egress: { mode: "none" },
    flowLogDays: 365,
  },
  edge: {
    domain: "homeroom.example",
    hostedZoneId: "Z0000000000PROD",
    certificates: {
      mode: "private-ca",
      authorityArn:
        "arn:aws:acm-pca:ap-southeast-2:222222222222:certificate-authority/00000000-0000-0000-0000-000000000000",
    },
  },
  cluster: {
    kubernetes: "1.36",
    compute: { mode: "auto" },
    adminRoles: ["homeroom-operations"],
    logDays: 365,
    deletionProtection: true,
  },
  data: {
    metadata: {
      instanceClass: "m7g.large",
      storageGb: 100,
      storageMaxGb: 1000,
      multiAz: true,
      backupDays: 35,
      deletionProtection: true,
    },
    cache: { nodeType: "cache.m7g.large", replicas: 2 },
    broker: { nodeType: "cache.m7g.large", replicas: 2 },
  },
  identity: {
    issuers: [
      { id: "north", url: "https://north.school.example", tenants: ["north"] },
      { id: "south", url: "https://south.school.example", tenants: ["south"] },
    ],
    signingKeys: {
      rotateEveryDays: 7,
      mountRefreshMinutes: 2,
      activateAfterMinutes: 30,
      retireAfterMinutes: 120,
    },
  },
  audit: {
    database: {
      instanceClass: "m7g.large",
      storageGb: 100,
      storageMaxGb: 1000,
      multiAz: true,
      backupDays: 35,
      deletionProtection: true,
    },
    lockDays: 2557,
    retention: { r1: 365, h6: 2192, e7: 2557, raw: 90 },
  },
  backups: {
    lock: { minDays: 35, maxDays: 2557, changeableForDays: 7 },
    copy: true,
    restoreTests: true,
    metadata: { everyHours: 6, keepDays: 35, copyKeepDays: 35 },
    audit: { everyHours: 6, keepDays: 365, copyKeepDays: 365 },
  },
  analyticsDatabases: [
    {
      id: "shared",
      region: "ap-southeast-2",
      host: "schools.prod.internal",
      name: "homeroom_schools",
      cidrs: ["10.31.0.0/16"],
      access: { mode: "security-group", securityGroupId: "sg-0123456789abcdef0" },
      administrator: {
        secretArn: "arn:aws:secretsmanager:ap-southeast-2:222222222222:secret:schools/administrator-AbCdEf",
        keyArn: "arn:aws:kms:ap-southeast-2:222222222222:key/11111111-2222-3333-4444-555555555555",
      },
    },
    {
      id: "south",
      region: "ap-southeast-2",
      host: "south.prod.internal",
      name: "homeroom_schools",
      cidrs: ["10.32.0.0/16"],
      access: { mode: "security-group", securityGroupId: "sg-0123456789abcdef1" },
      administrator: {
        secretArn: "arn:aws:secretsmanager:ap-southeast-2:222222222222:secret:south/administrator-AbCdEf",
        keyArn: "arn:aws:kms:ap-southeast-2:222222222222:key/11111111-2222-3333-4444-666666666666",
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
    web: { minReplicas: 3, maxReplicas: 30 },
    workers: { minReplicas: 3, maxReplicas: 30 },
  },
  addons: { images: mirrored.images, highlyAvailable: true },
  observability: {
    alarmEmail: "operations@homeroom.example",
    monthlyBudgetUsd: 6000,
    freeStorageGb: 20,
    cpuPercent: 80,
    archiveLagMinutes: 30,
  },
  tenants: [
    { id: "north", isolation: "shared", hostProducts: ["https://north.school.example"] },
    {
      id: "south",
      isolation: "database",
      database: "south",
      hostProducts: ["https://south.school.example"],
      monthlyBudgetUsd: 500,
    },
  ],
} satisfies DeploymentInput;
