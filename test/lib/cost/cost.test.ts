import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import dev from "../../../config/dev.ts";
import prod from "../../../config/prod.ts";
import { deploymentSchema } from "../../../lib/config/parse.ts";
import { costPage } from "../../../lib/cost/cost-page.ts";
import { fixedCost, tenantCost, total } from "../../../lib/cost/estimate.ts";
import { allPrices, priceOf } from "../../../lib/cost/price.ts";
import { synthesise } from "../synthesis.ts";
import { whole } from "../whole.ts";
import { expecting } from "../../support/expecting.ts";
import { expectGolden } from "../../support/golden.ts";

const root = join(import.meta.dirname, "../../..");
const withoutEast = {
  ...whole,
  tenants: whole.tenants.filter(({ id }) => id !== "east"),
  identity: { ...whole.identity, issuers: whole.identity.issuers.filter(({ id }) => id !== "east") },
};
const parsed = { dev: deploymentSchema.parse(dev), prod: deploymentSchema.parse(prod) };

function current(file: string, text: string): void {
  expectGolden(text, join(root, file));
}

describe("the cost estimate", () => {
  it("counts what the templates of prod hold", () => {
    const all = synthesise(prod).resources();
    const tenant = all.filter(({ stack }) => stack.startsWith("tenant-"));
    const count = (from: typeof all, type: string): number =>
      from.filter(({ resource }) => resource.Type === type).length;
    // CloudWatch charges for each metric that an alarm reads.
    const read = ({ Metrics }: Readonly<Record<string, unknown>>): number =>
      Array.isArray(Metrics) ? Metrics.filter((metric: object) => "MetricStat" in metric).length : 1;
    const metricsRead = (from: typeof all): number =>
      from
        .filter(({ resource }) => resource.Type === "AWS::CloudWatch::Alarm")
        .reduce((sum, { resource }) => sum + read(resource.Properties ?? {}), 0);
    const pieces = (from: typeof all) => ({
      keys: count(from, "AWS::KMS::Key"),
      secrets: count(from, "AWS::SecretsManager::Secret"),
      alarms: metricsRead(from),
    });
    const withTwo = pieces(synthesise(whole).resources());
    const withOne = pieces(synthesise(withoutEast).resources());
    const endpoints = all.filter(
      ({ resource }) =>
        resource.Type === "AWS::EC2::VPCEndpoint" && resource.Properties?.["VpcEndpointType"] === "Interface",
    );
    const found = {
      endpoints: endpoints.length,
      fixed: pieces(all.filter((entry) => !tenant.includes(entry))),
      tenant: pieces(tenant),
      instance: {
        keys: withTwo.keys - withOne.keys,
        secrets: withTwo.secrets - withOne.secrets,
        alarms: withTwo.alarms - withOne.alarms,
      },
    };
    expecting(JSON.stringify(found), found.instance.secrets).toBeGreaterThan(5);
    expecting(JSON.stringify(found), found.instance.alarms).toBeGreaterThan(3);
    expecting(JSON.stringify(found), found.endpoints).toBeGreaterThan(5);
    expecting(JSON.stringify(found), found.fixed.keys).toBeGreaterThan(3);
    expecting(JSON.stringify(found), found.tenant.secrets).toBeGreaterThan(0);
    current("lib/cost/resources.json", `${JSON.stringify(found, undefined, 2)}\n`);
  });

  it("names a source for every price, and says which were not found", () => {
    for (const [name, { usd, source, found }] of allPrices()) {
      expecting(name, usd).toBeGreaterThan(0);
      expecting(name, source.length).toBeGreaterThan(10);
      if (source.includes("memory")) expecting(name, found).toBe("unverified");
    }
  });

  it("refuses to guess a price that the table does not have", () => {
    expect(() => priceOf("rds-r9g.huge-hour")).toThrow(/prices\.json has no price "rds-r9g\.huge-hour"/);
    const metadata = { ...parsed.dev.data.metadata, instanceClass: "r9g.huge" };
    expect(() => fixedCost({ ...parsed.dev, data: { ...parsed.dev.data, metadata } })).toThrow(/no price/);
  });

  it("follows the configuration: two zones, nodes, gateways and the authority", () => {
    const amount = (of: typeof parsed.dev, what: RegExp): number =>
      total(fixedCost(of).filter((line) => what.test(line.what)));
    expect(amount(parsed.prod, /NAT/)).toBe(0);
    expect(amount(parsed.dev, /NAT/)).toBeGreaterThan(0);
    expect(amount(parsed.prod, /authority/)).toBe(400);
    const oneZone = { off: true as const, because: "to see what a second zone costs" };
    const metadata = { ...parsed.prod.data.metadata, multiAz: oneZone };
    const single = { ...parsed.prod, data: { ...parsed.prod.data, metadata } };
    expect(Math.abs(amount(parsed.prod, /metadata/) - 2 * amount(single, /metadata/))).toBeLessThan(0.01);
  });

  it("charges a tenant that shares nothing, and one with a database of its own for its key and secrets", () => {
    expect(total(tenantCost({ isolation: "shared" }, parsed.prod))).toBe(0);
    expect(total(tenantCost({ isolation: "database" }, parsed.prod))).toBeGreaterThan(1);
  });

  it("charges an instance for data stores, keys, alarms and pods of its own", () => {
    const lines = tenantCost({ isolation: "instance" }, parsed.prod);
    for (const what of [
      /metadata database/,
      /Redis of caches/,
      /Redis of the queue/,
      /KMS keys/,
      /secrets/,
      /alarms/,
      /nodes/,
    ])
      expecting(String(what), total(lines.filter((line) => what.test(line.what)))).toBeGreaterThan(0);
    const shared = fixedCost(parsed.prod).filter(({ what }) => /metadata database|Redis/.test(what));
    expect(total(lines.filter(({ what }) => /metadata database|Redis/.test(what)))).toBe(total(shared));
    const nodeGroups = { mode: "nodegroups" } as typeof parsed.prod.cluster.compute;
    const onNodes = { ...parsed.prod, cluster: { ...parsed.prod.cluster, compute: nodeGroups } };
    expect(tenantCost({ isolation: "instance" }, onNodes).filter(({ what }) => /node/i.test(what))).toEqual([]);
  });

  it("keeps docs/cost.md current", () => current("docs/cost.md", costPage([parsed.dev, parsed.prod])));
});
