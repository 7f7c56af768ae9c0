import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import {
  claimsOf,
  type Guest,
  keyOf,
  signHs256WithPublicKey,
  signRs256,
  strangerKey,
  tokenOf,
  unsigned,
} from "../e2e/guest.ts";
import { type Answer, ask, embedOrigin, guestHeader, hosts, live, settings, urls } from "../e2e/live.ts";
import { platform } from "../../contract/index.ts";
import { RedisTrustStore } from "../../runtime/adapters/redis/redis-trust-store.ts";
import { bodyOf, type SavedChart } from "./charts.ts";
import { eachOf, Lab, told } from "./lab.ts";
import { named } from "./people.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

let lab: Lab;
let raw: readonly SavedChart[];
beforeAll(async () => {
  lab = await Lab.open();
  raw = lab.charts.filter((chart) => chart.dashboard === lab.probe.slug && !lab.probe.isVirtual(chart));
});
afterAll(() => lab.close());

type Headers = Readonly<Record<string, string | readonly string[]>>;

function asked(chart: SavedChart, headers: Headers, url = embedOrigin, search = ""): Promise<Answer> {
  return ask(`${url}/api/v1/chart/data${search}`, { method: "POST", headers, body: bodyOf(chart) });
}

const now = (): number => Math.floor(Date.now() / 1000);
const headerOf = (who: Guest): Record<string, unknown> => ({ alg: "RS256", typ: "JWT", kid: keyOf(who.tenant).kid });

/** Tokens that were good, or look it. */
const spoilt: Readonly<Record<string, (who: Guest, dashboard: string) => string>> = {
  expired: (who, dashboard) => tokenOf(who, { dashboard, iat: now() - 1200, nbf: now() - 1200, exp: now() - 60 }),
  "not yet valid": (who, dashboard) =>
    tokenOf(who, { dashboard, iat: now() + 300, nbf: now() + 300, exp: now() + 900 }),
  "of a stranger's key": (who, dashboard) => signRs256(headerOf(who), claimsOf(who, { dashboard }), strangerKey()),
  "without a signature": (who, dashboard) => unsigned(claimsOf(who, { dashboard })),
  "signed with the public key": (who, dashboard) =>
    signHs256WithPublicKey({ ...headerOf(who), alg: "HS256" }, claimsOf(who, { dashboard }), keyOf(who.tenant).key),
  "whose school was changed": (who, dashboard) => {
    const [header, , signature] = tokenOf(who, { dashboard }).split(".");
    const payload = Buffer.from(JSON.stringify(claimsOf(who, { dashboard, school_id: 62 }))).toString("base64url");
    return `${header}.${payload}.${signature}`;
  },
  "of another tenant's key": (who, dashboard) => {
    const other = keyOf(who.tenant === "north" ? "south" : "north");
    return signRs256({ ...headerOf(who), kid: other.kid }, claimsOf(who, { dashboard }), other.key);
  },
  "with rows of its own": (who, dashboard) => tokenOf(who, { dashboard, rls_rules: [{ clause: "1 = 1" }] }),
  "with another's resources": (who, dashboard) =>
    tokenOf(who, { dashboard, resources: [{ type: "dashboard", id: "x" }] }),
};

describe("a spoilt token gets no row of any dataset, for any role", () => {
  for (const [name, make] of Object.entries(spoilt))
    it(name, async () => {
      const places = raw.flatMap((chart) => lab.guests.map((who) => ({ chart, who })));
      const wrong = await eachOf(places, async ({ chart, who }) => {
        const { status, text } = await asked(chart, guestHeader(make(who, chart.dashboard)));
        return status === 401 && lab.canaries.labels(text).length === 0
          ? []
          : [`${named(who)}: ${status} ${text.slice(0, 200)}`];
      });
      expect(wrong.flat()).toStrictEqual([]);
    });
});

describe("a revoked token", () => {
  it("gets no row of any dataset, by any of its claims, on every worker", async () => {
    const trust = new RedisTrustStore({
      url: `redis://${settings.address}:${settings.ports.brokerRedis}`,
      passwordFile: join(live.state.secrets, platform.secretFiles.brokerRedisPassword),
    });
    await trust.open();
    try {
      const who = lab.guests.find(({ role, school }) => role === "principal" && school === 62);
      present(who);
      const jti = randomUUID();
      const tokens = {
        one: tokenOf(who, { dashboard: lab.probe.slug, jti }),
        other: tokenOf(who, { dashboard: lab.probe.slug }),
      };
      const statuses = async (token: string): Promise<Set<number>> => {
        const answers = await eachOf([...raw, ...raw], (chart) => asked(chart, guestHeader(token)));
        return new Set(answers.map(({ status }) => status));
      };
      const soon = (): Promise<void> =>
        new Promise((wake) => setTimeout(wake, platform.trustStore.staleSeconds * 1000));
      expect(await statuses(tokens.one)).toStrictEqual(new Set([200]));
      await trust.revoke([{ kind: "jti", jti }], now());
      await soon();
      expect(await statuses(tokens.one)).toStrictEqual(new Set([401]));
      expect(await statuses(tokens.other)).toStrictEqual(new Set([200]));
      const school = { kind: "school", tenant: who.tenant, school_id: who.school } as const;
      await trust.revoke([school], now());
      await soon();
      expect(await statuses(tokens.other)).toStrictEqual(new Set([401]));
      await trust.lift(school);
    } finally {
      trust.close();
    }
  });
});

describe("a good token beside somebody's session", () => {
  it("is that guest alone, on every host, through nginx and past it", async () => {
    const origins = [
      ...urls.embedsTls.map((url) => ({ url })),
      ...urls.embeds.map((url) => ({ url })),
      { url: urls.studioTls },
      { url: urls.web, headers: { host: hosts.studio } },
      { url: urls.web, headers: { host: hosts.embeds[0] ?? "" } },
    ];
    const places = origins.flatMap((origin) =>
      lab.guests.map((who, index) => ({ origin, who, chart: raw[index % raw.length] })),
    );
    const findings = await eachOf(places, async ({ origin, who, chart }) => {
      present(chart);
      const headers = {
        cookie: lab.studio.cookie,
        authorization: "Basic YWRtaW46YWRtaW4=",
        ...("headers" in origin ? origin.headers : {}),
      };
      return lab.attempt(who, chart, bodyOf(chart), undefined, { url: origin.url, headers });
    });
    expect(
      findings.filter(({ status, leaked, lost }) => status !== 200 || leaked.length + lost.length > 0).map(told),
    ).toStrictEqual([]);
  });
});

describe("a token elsewhere than in its header", () => {
  const places: Readonly<Record<string, (chart: SavedChart, token: string) => Promise<Answer>>> = {
    "in the address": (chart, token) => asked(chart, {}, embedOrigin, `?guest_token=${token}`),
    "in the address as jwt": (chart, token) => asked(chart, {}, embedOrigin, `?jwt=${token}`),
    "in a form": (_, token) =>
      ask(`${embedOrigin}/api/v1/chart/data`, {
        method: "POST",
        headers: { "content-type": "application/x-www-form-urlencoded" },
        body: new URLSearchParams({ guest_token: token, form_data: "{}" }).toString(),
      }),
    "in a form of several parts": (_, token) =>
      ask(`${embedOrigin}/api/v1/chart/data`, {
        method: "POST",
        headers: { "content-type": "multipart/form-data; boundary=b" },
        body: `--b\r\ncontent-disposition: form-data; name="guest_token"\r\n\r\n${token}\r\n--b--\r\n`,
      }),
    "in a cookie": (chart, token) =>
      asked(chart, { cookie: `guest_token=${token}; session=${token}; X-GuestToken=${token}` }),
    "as a bearer": (chart, token) => asked(chart, { authorization: `Bearer ${token}` }),
    "in a header of another name": (chart, token) => asked(chart, { "x-guest-token": token, guesttoken: token }),
    "in the body": (chart, token) =>
      ask(`${embedOrigin}/api/v1/chart/data`, { method: "POST", body: { ...bodyOf(chart), guest_token: token } }),
    twice: (chart, token) => asked(chart, { "x-guesttoken": [token, token] }),
    "twice in one header": (chart, token) => asked(chart, { "x-guesttoken": `${token}, ${token}` }),
    "with a word before it": (chart, token) => asked(chart, { "x-guesttoken": `Bearer ${token}` }),
  };
  for (const [name, place] of Object.entries(places))
    it(`${name} is not read`, async () => {
      for (const who of lab.guests.filter(({ role }) => role === "principal"))
        for (const chart of raw) {
          const { status, text } = await place(chart, tokenOf(who, { dashboard: chart.dashboard }));
          expecting(text.slice(0, 200), status).toBe(401);
          expect(lab.canaries.labels(text)).toStrictEqual([]);
        }
    });
});
