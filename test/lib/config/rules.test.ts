import { describe, expect, it } from "@jest/globals";
import dev from "../../../config/dev.ts";
import prod from "../../../config/prod.ts";
import { deploymentSchema } from "../../../lib/config/parse.ts";
import { switchedOff } from "../../../lib/config/switched-off.ts";
import { ConfigurationError, parseDeployment } from "../../../lib/config/parse.ts";

function problems(input: unknown): string {
  try {
    parseDeployment("config/test.ts", input);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return "";
}

const [region] = dev.regions;
const [shared, own] = dev.analyticsDatabases;
const unmanaged = { ...shared };
Reflect.deleteProperty(unmanaged, "administrator");
const [north, south] = dev.tenants;
const melbourne = {
  ...region,
  name: "ap-southeast-4",
  availabilityZones: ["ap-southeast-4a", "ap-southeast-4b", "ap-southeast-4c"],
  cidr: "10.40.0.0/16",
  domain: "melbourne.dev.homeroom.example",
};
const twoRegions = {
  ...dev,
  regions: [region, melbourne],
  analyticsDatabases: [
    shared,
    own,
    { ...shared, region: "ap-southeast-4", cidrs: ["10.41.0.0/16"] },
    { ...own, region: "ap-southeast-4", cidrs: ["10.42.0.0/16"] },
  ],
};
const privateLink = (serviceName: string, cidrs: string[]) => ({
  ...unmanaged,
  access: { mode: "private-link", serviceName },
  cidrs,
});
const serviceIn = (place: string): string => `com.amazonaws.vpce.${place}.vpce-svc-0123456789abcdef0`;
const source = (engine: string, rowSecurity?: unknown) => ({
  ...unmanaged,
  id: "other",
  host: "other.dev.internal",
  engine,
  ...(rowSecurity !== undefined && { rowSecurity }),
});
const reason = { off: true, because: "a finance ledger without a row of any pupil in it" };
const client = {
  id: "portal",
  keys: [{ kty: "RSA", n: "A".repeat(342), e: "AQAB", kid: "one", alg: "RS256", use: "sig" }],
  tenants: ["north"],
  roles: ["teacher"],
  dashboards: ["student-progress"],
  requestsPerMinute: 600,
};
const withTenants = (...tenants: unknown[]) => ({ ...dev, tenants });
const withSources = (...analyticsDatabases: unknown[]) => ({ ...dev, analyticsDatabases });

const hostNames = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `h${index}.dev.homeroom.example`);

const accepted: readonly (readonly [string, unknown])[] = [
  ["two regions with a domain each", twoRegions],
  // With analytics1 to 3, studio and tokens.
  ["as many hosts as one public certificate holds", withTenants({ ...north, hostnames: hostNames(95) }, south)],
  [
    "PrivateLink with the endpoint inside the VPC",
    withSources(privateLink(serviceIn("ap-southeast-2"), ["10.20.0.0/16"]), own),
  ],
  ["another engine beside it, with a reason", withSources(shared, own, source("snowflake", reason))],
  ["a host of a tenant", withTenants({ ...north, hostnames: ["north.dev.homeroom.example"] }, south)],
  ["a client of the token service", { ...dev, workload: { ...dev.workload, tokenClients: [client] } }],
];

const refused: readonly (readonly [string, unknown, RegExp])[] = [
  [
    "two regions that overlap",
    { ...twoRegions, regions: [region, { ...melbourne, cidr: region?.cidr }] },
    /regions\[1\]\.cidr: .* does not overlap 10\.20\.0\.0\/16/,
  ],
  [
    "two regions with one domain",
    { ...twoRegions, regions: [region, { ...melbourne, domain: "dev.homeroom.example" }] },
    /regions\[1\]\.domain: .* no other region answers for/,
  ],
  [
    "a region's domain outside the hosted zone",
    { ...dev, regions: [{ ...region, domain: "elsewhere.example" }] },
    /regions\[0\]\.domain: .* inside dev\.homeroom\.example/,
  ],
  [
    "a region without a shared database",
    withSources({ ...shared, id: "apart" }, own),
    /analyticsDatabases: .* an entry "shared" in ap-southeast-2/,
  ],
  ["two databases with one id", withSources(shared, own, shared), /analyticsDatabases\[2\]\.id: got "shared"/],
  [
    "two ids for one database",
    withSources(shared, { ...own, host: String(shared?.host).toUpperCase() }),
    /analyticsDatabases\[1\]\.host: .* a place other than that of "shared"/,
  ],
  [
    "a database in a region that is not deployed",
    withSources(shared, own, { ...shared, region: "ap-southeast-4" }),
    /analyticsDatabases\[2\]\.region: .* one of regions: ap-southeast-2/,
  ],
  [
    "a database's block inside our VPC",
    withSources({ ...shared, cidrs: ["10.20.3.0/24"] }, own),
    /cidrs\[0\]: .* or no route reaches it/,
  ],
  [
    "a database's block that holds the cluster's services",
    withSources({ ...shared, cidrs: ["172.16.0.0/12"] }, own),
    /services of Kubernetes/,
  ],
  [
    "a database's block on the internet",
    withSources({ ...shared, cidrs: ["0.0.0.0/0"] }, own),
    /cidrs\[0\]: .* a private block/,
  ],
  [
    "an endpoint outside the VPC",
    withSources(privateLink(serviceIn("ap-southeast-2"), ["10.21.0.0/16"]), own),
    /inside 10\.20\.0\.0\/16, where the endpoint/,
  ],
  [
    "an endpoint service of another country",
    withSources(privateLink(serviceIn("us-west-2"), ["10.20.0.0/16"]), own),
    /serviceName: .* residency AU allows/,
  ],
  [
    "a database host of another country",
    withSources({ ...shared, host: "x.us-east-1.rds.amazonaws.com" }, own),
    /host: .* residency AU allows/,
  ],
  [
    "a source without row security and without a reason",
    withSources(shared, own, source("mysql")),
    /rowSecurity: got true; allowed: .*mysql has no row security/,
  ],
  [
    "PostgreSQL with its second lock off",
    withSources({ ...shared, rowSecurity: reason }, own),
    /rowSecurity: .* nothing switches it off/,
  ],
  [
    "tenants that read a source with one lock",
    withSources({ ...shared, engine: "redshift", rowSecurity: reason }, own),
    /engine: got "redshift"; allowed: "postgresql" for what tenants read/,
  ],
  [
    "an allow-list without the authority it needs",
    { ...dev, network: { ...dev.network, egress: { ...dev.network.egress, domains: ["route53.amazonaws.com"] } } },
    /network\.egress\.domains: .* a list with "acme-v02/,
  ],
  [
    "more hosts than one public certificate holds",
    withTenants({ ...north, hostnames: hostNames(96) }, south),
    /tenants: got "101 host names"; allowed: at most 100, .* "private-ca"/,
  ],
  [
    "an instance with more hosts than one public certificate holds",
    withTenants({ ...north, isolation: "instance", hostnames: hostNames(99) }, south),
    /tenants\[0\]\.hostnames: got "101 host names"; allowed: at most 100, .*: list fewer hosts/,
  ],
  [
    "a private authority in another country",
    {
      ...prod,
      edge: {
        ...prod.edge,
        certificates: {
          mode: "private-ca",
          authorityArn:
            "arn:aws:acm-pca:us-east-1:222222222222:certificate-authority/00000000-0000-0000-0000-000000000000",
        },
      },
    },
    /authorityArn: .* residency AU/,
  ],
  [
    "a studio outside the domain",
    { ...dev, edge: { ...dev.edge, studioHost: "studio.elsewhere.example" } },
    /edge\.studioHost: .* inside dev\.homeroom\.example/,
  ],
  [
    "a studio that also serves embeds",
    { ...dev, edge: { ...dev.edge, studioHost: "analytics2.dev.homeroom.example" } },
    /edge\.studioHost: .* other than that of the shared embeds/,
  ],
  [
    "a tenant's host outside the domain",
    withTenants({ ...north, hostnames: ["north.elsewhere.example"] }, south),
    /hostnames\[0\]: .* inside dev\.homeroom\.example/,
  ],
  [
    "one host for two tenants",
    withTenants(
      { ...north, hostnames: ["a.dev.homeroom.example"] },
      { ...south, hostnames: ["a.dev.homeroom.example"] },
    ),
    /tenants\[1\]\.hostnames\[0\]: .* other than that of tenant north/,
  ],
  [
    "a database that shares",
    withTenants({ ...north, database: "south" }, { ...south, isolation: "shared" }),
    /database: .* isolation "shared" reads the shared database/,
  ],
  [
    "a database tenant without a database",
    withTenants(north, { ...south, database: undefined }),
    /tenants\[1\]\.database: got nothing/,
  ],
  [
    "a database tenant that reads everyone's",
    withTenants(north, { ...south, database: "shared" }),
    /every tenant that shares reads this one/,
  ],
  [
    "a database without an entry",
    withTenants(north, { ...south, database: "east" }),
    /tenants\[1\]\.database: got "east"; allowed: the id of an entry/,
  ],
  [
    "a quota for pods that are shared",
    withTenants({ ...north, quota: { cpu: 4, memoryGib: 8, pods: 20 } }, south),
    /tenants\[0\]\.quota: .* the pods are shared/,
  ],
  [
    "a quota that the instance's own pods do not fit in",
    withTenants(north, { ...south, isolation: "instance", quota: { cpu: 1, memoryGib: 5, pods: 5 } }),
    /tenants\[1\]\.quota\.cpu: got 1; .*at least 2\.3, .*\n.*quota\.memoryGib: got 5; .*at least 8, .*\n.*quota\.pods: got 5; .*at least 10, /,
  ],
  ["an offset as a time zone", withTenants({ ...north, timeZone: "+10:00" }, south), /tenants\[0\]\.timeZone: .* IANA/],
  [
    "a time zone that nobody knows",
    withTenants({ ...north, timeZone: "Australia/Atlantis" }, south),
    /tenants\[0\]\.timeZone: .* IANA/,
  ],
  [
    "terms that overlap",
    withTenants(
      {
        ...north,
        calendar: {
          terms: [
            { name: "1", from: "2027-01-28", to: "2027-04-09" },
            { name: "2", from: "2027-04-01", to: "2027-07-01" },
          ],
        },
      },
      south,
    ),
    /calendar\.terms: .* do not overlap/,
  ],
  [
    "a term that ends before it begins",
    withTenants({ ...north, calendar: { terms: [{ name: "1", from: "2027-04-09", to: "2027-01-28" }] } }, south),
    /terms\[0\]\.to: .* a date after from/,
  ],
  [
    "a retention class that does not exist",
    withTenants({ ...north, retention: "r9" }, south),
    /tenants\[0\]\.retention: got "r9"; allowed: "r1"/,
  ],
  [
    "evidence that can go before its class ends",
    { ...dev, audit: { ...dev.audit, lockDays: 29 } },
    /audit\.lockDays: got 29; allowed: at least 30/,
  ],
  [
    "backups that the vault would not take",
    { ...prod, backups: { ...prod.backups, metadata: { ...prod.backups.metadata, keepDays: 7 } } },
    /backups\.metadata\.keepDays: got 7; allowed: \d+ to \d+, as backups\.lock says/,
  ],
  [
    "no backups",
    { ...dev, audit: { ...dev.audit, database: { ...dev.audit.database, backupDays: 0 } } },
    /audit\.database\.backupDays: got 0/,
  ],
  [
    "a maximum under the minimum",
    { ...dev, data: { ...dev.data, metadata: { ...dev.data.metadata, storageMaxGb: 20, storageGb: 30 } } },
    /storageMaxGb: got 20; allowed: at least storageGb/,
  ],
  [
    "fewer replicas at most than at least",
    { ...dev, workload: { ...dev.workload, web: { minReplicas: 3, maxReplicas: 2 } } },
    /workload\.web\.maxReplicas: got 2/,
  ],
  [
    "a client for an unknown tenant",
    { ...dev, workload: { ...dev.workload, tokenClients: [{ ...client, tenants: ["east"] }] } },
    /tokenClients\[0\]\.tenants\[0\]: got "east"/,
  ],
  [
    "a client with a private key",
    { ...dev, workload: { ...dev.workload, tokenClients: [{ ...client, keys: [{ ...client.keys[0], d: "x" }] }] } },
    /keys\[0\]\.d: unknown key/,
  ],
];

describe("rules between blocks of the configuration", () => {
  for (const [what, input] of accepted) it(`accept ${what}`, () => expect(problems(input)).toBe(""));
  for (const [what, input, message] of refused) it(`refuse ${what}`, () => expect(problems(input)).toMatch(message));

  it("prints the reason of a source with one lock", () => {
    const deployment = deploymentSchema.parse(withSources(shared, own, source("mysql", reason)));
    expect(switchedOff(deployment)).toContain(`analyticsDatabases.2.rowSecurity is off: ${reason.because}`);
  });
});

/** Paths of a value; a protection, and a block that picks one of several shapes, are values. */
function shape(value: unknown, path = ""): string[] {
  if (Array.isArray(value)) return value.flatMap((entry) => shape(entry, `${path}[]`));
  if (value === null || typeof value !== "object" || "mode" in value || "off" in value) return [path];
  return Object.entries(value).flatMap(([key, child]) => shape(child, `${path}.${key}`));
}

describe("config/dev.ts and config/prod.ts", () => {
  it("differ by values only", () => {
    const [left, right] = [shape(dev), shape(prod)];
    const outer = (paths: string[], others: string[]): string[] =>
      paths.map((path) => others.find((other) => path.startsWith(`${other}.`)) ?? path);
    expect(new Set(outer(left, right).sort())).toStrictEqual(new Set(outer(right, left).sort()));
  });

  it("prod is highly available and protects what it holds", () => {
    expect(switchedOff(deploymentSchema.parse(prod))).toStrictEqual([]);
    expect(prod.workload.web.minReplicas).toBeGreaterThanOrEqual(3);
    expect(prod.workload.workers.minReplicas).toBeGreaterThanOrEqual(3);
    expect(prod.network.egress.mode).toBe("none");
  });
});
