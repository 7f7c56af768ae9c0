import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import dev from "../../../config/dev.ts";
import prod from "../../../config/prod.ts";
import { deploymentSchema } from "../../../lib/config/parse.ts";
import { costPage } from "../../../lib/cost/cost-page.ts";
import { fixedCost, tenantCost, total } from "../../../lib/cost/estimate.ts";
import { allPrices, priceOf } from "../../../lib/cost/price.ts";
import { synthesise } from "../synthesis.ts";
import { whole } from "../whole.ts";

const root = join(import.meta.dirname, "../../..");
const updating = process.env["UPDATE_GOLDEN"] === "1";
const withoutEast = {
  ...whole,
  tenants: whole.tenants.filter(({ id }) => id !== "east"),
  identity: { ...whole.identity, issuers: whole.identity.issuers.filter(({ id }) => id !== "east") },
};
const parsed = { dev: deploymentSchema.parse(dev), prod: deploymentSchema.parse(prod) };

function current(file: string, text: string): void {
  if (updating) writeFileSync(join(root, file), text);
  assert.equal(readFileSync(join(root, file), "utf8"), text, `${file} is stale: UPDATE_GOLDEN=1 rewrites it`);
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
    assert.ok(found.instance.secrets > 5 && found.instance.alarms > 3, JSON.stringify(found));
    assert.ok(found.endpoints > 5 && found.fixed.keys > 3 && found.tenant.secrets > 0, JSON.stringify(found));
    current("lib/cost/resources.json", `${JSON.stringify(found, undefined, 2)}\n`);
  });

  it("names a source for every price, and says which were not found", () => {
    for (const [name, { usd, source, found }] of allPrices()) {
      assert.ok(usd > 0 && source.length > 10, name);
      if (source.includes("memory")) assert.equal(found, "unverified", name);
    }
  });

  it("refuses to guess a price that the table does not have", () => {
    assert.throws(() => priceOf("rds-r9g.huge-hour"), /prices\.json has no price "rds-r9g\.huge-hour"/);
    const metadata = { ...parsed.dev.data.metadata, instanceClass: "r9g.huge" };
    assert.throws(() => fixedCost({ ...parsed.dev, data: { ...parsed.dev.data, metadata } }), /no price/);
  });

  it("follows the configuration: two zones, nodes, gateways and the authority", () => {
    const amount = (of: typeof parsed.dev, what: RegExp): number =>
      total(fixedCost(of).filter((line) => what.test(line.what)));
    assert.equal(amount(parsed.prod, /NAT/), 0);
    assert.ok(amount(parsed.dev, /NAT/) > 0);
    assert.equal(amount(parsed.prod, /authority/), 400);
    const oneZone = { off: true as const, because: "to see what a second zone costs" };
    const metadata = { ...parsed.prod.data.metadata, multiAz: oneZone };
    const single = { ...parsed.prod, data: { ...parsed.prod.data, metadata } };
    assert.ok(Math.abs(amount(parsed.prod, /metadata/) - 2 * amount(single, /metadata/)) < 0.01);
  });

  it("charges a tenant that shares nothing, and one with a database of its own for its key and secrets", () => {
    assert.equal(total(tenantCost({ isolation: "shared" }, parsed.prod)), 0);
    assert.ok(total(tenantCost({ isolation: "database" }, parsed.prod)) > 1);
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
      assert.ok(total(lines.filter((line) => what.test(line.what))) > 0, String(what));
    const shared = fixedCost(parsed.prod).filter(({ what }) => /metadata database|Redis/.test(what));
    assert.equal(total(lines.filter(({ what }) => /metadata database|Redis/.test(what))), total(shared));
    const nodeGroups = { mode: "nodegroups" } as typeof parsed.prod.cluster.compute;
    const onNodes = { ...parsed.prod, cluster: { ...parsed.prod.cluster, compute: nodeGroups } };
    assert.ok(tenantCost({ isolation: "instance" }, onNodes).every(({ what }) => !/node/i.test(what)));
  });

  it("keeps docs/cost.md current", () => current("docs/cost.md", costPage([parsed.dev, parsed.prod])));
});
