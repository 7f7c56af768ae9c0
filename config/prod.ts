import type { DeploymentInput } from "../lib/config/deployment.ts";

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
  edge: { domain: "homeroom.example", hostedZoneId: "Z0000000000PROD", certificates: "private-ca" },
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
    lockDays: 2555,
  },
  analyticsDatabases: [
    {
      region: "ap-southeast-2",
      host: "schools.prod.internal",
      name: "homeroom_schools",
      cidrs: ["10.31.0.0/16"],
      securityGroupId: "sg-0123456789abcdef0",
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
        digest: "sha256:3333333333333333333333333333333333333333333333333333333333333333",
      },
    },
    web: { minReplicas: 3, maxReplicas: 30 },
    workers: { minReplicas: 3, maxReplicas: 30 },
  },
  observability: {
    alarmEmail: "operations@homeroom.example",
    monthlyBudgetUsd: 6000,
    freeStorageGb: 20,
    cpuPercent: 80,
  },
  tenants: [
    { id: "north", isolation: "shared", hostProducts: ["https://north.school.example"] },
    {
      id: "south",
      isolation: "database",
      hostProducts: ["https://south.school.example"],
      monthlyBudgetUsd: 500,
    },
  ],
} satisfies DeploymentInput;
