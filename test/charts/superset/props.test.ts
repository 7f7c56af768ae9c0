import { describe, expect, it } from "@jest/globals";
import { ChartPropsError, type SupersetChartProps } from "../../../charts/superset/superset.ts";
import { fixture } from "../fixture.ts";
import { manifests } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";
import { instance } from "../../support/narrowing.ts";

const refused: [string, Partial<SupersetChartProps>, RegExp][] = [
  ["a tag instead of a digest", { image: "registry.example/superset:tag" }, /image: got "registry.*pin it by digest/],
  ["a number token as a port", { metadataPort: -1.8881545897087e289 }, /metadataPort: got .*plain port/],
  ["a token as the namespace", { namespace: "${Token[TOKEN.42]}" }, /namespace: .*known before the deploy/],
  [
    "a maximum below the minimum",
    { webReplicasMin: 5, webReplicasMax: 4 },
    /webReplicasMin: got 5 with webReplicasMax 4/,
  ],
  [
    "an audience that no token can carry",
    { supersetSettings: { audience: "Home room" } },
    /supersetSettings\.audience: got "Home room"/,
  ],
  ["a studio on an embed host", { studioHost: "analytics1.homeroom.example" }, /studioHost: .*host of its own/],
  ["no embed host", { embedHosts: [] }, /embedHosts: got an empty list/],
  [
    "a password in a URL",
    { brokerRedisUrl: "rediss://superset:SENTINEL@broker:6379" },
    /brokerRedisUrl: carries a password/,
  ],
];

const own = { host: "own.db.example", port: 5432, name: "homeroom_schools", readerUser: { objectName: "own" } };
const refusedTenants: typeof refused = [
  ["no tenant", { tenants: [], tenantDatabases: {} }, /tenants: got an empty list, and tenantDatabases has none/],
  [
    "a tenant in two places",
    { tenantDatabases: { north: own } },
    /tenantDatabases\.north: got a tenant of tenants too/,
  ],
  [
    "a tenant's database behind a port that stays shut",
    { tenantDatabases: { south: { ...own, port: 5433 } } },
    /tenantDatabases\.south\.port: got 5433; allowed is 5432/,
  ],
  [
    "the shared database as a tenant's own",
    { tenantDatabases: { south: { ...own, host: fixture.analyticsHost.toUpperCase() } } },
    /tenantDatabases\.south: got the place of the shared database/,
  ],
  [
    "one database for two tenants",
    { tenantDatabases: { south: own, east: own } },
    /tenantDatabases\.east: got the place of tenant south/,
  ],
];

/** Without embed hosts the studio cannot clash with one. */
const together = refused.filter(([what]) => what !== "no embed host");

describe("chart props", () => {
  for (const [what, change, message] of [...refused, ...refusedTenants]) {
    it(`refuse ${what}`, () => {
      expect(() => manifests(change)).toThrow(message);
    });
  }

  it("report every problem at once and never quote a password", () => {
    try {
      manifests(Object.assign({}, ...together.map(([, change]) => change)) as Partial<SupersetChartProps>);
      throw new Error("nothing was refused");
    } catch (error) {
      instance(error, ChartPropsError);
      expect(error.problems).toHaveLength(together.length);
      expect(error.message).not.toMatch(/SENTINEL/);
    }
  });

  it("take tenants that all have a database of their own", () => {
    expect(manifests({ tenants: [] }).length).toBeGreaterThan(20);
  });

  it("take deploy-time tokens in values, untouched", () => {
    const token = "${Token[Endpoint.Address.7]}";
    const text = JSON.stringify(manifests({ metadataHost: token, dataCidrs: [token] }));
    expecting("once in the URL, once in each policy", text.split(token).length - 1).toBe(3);
  });
});
