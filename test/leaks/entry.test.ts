import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { SupersetBeside } from "../e2e/beside.ts";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, hosts } from "../e2e/live.ts";
import { root } from "../support/workshop.ts";
import { Lab } from "./lab.ts";
import { named } from "./people.ts";
import { expecting } from "../support/expecting.ts";

const DASHBOARD = "institutional-analytics";
const USED = 410;

let lab: Lab;
let superset: SupersetBeside;
beforeAll(async () => {
  [lab, superset] = await Promise.all([
    Lab.open([61, 201]),
    SupersetBeside.start({
      config: join(root, "superset/src/homeroom_superset/superset_config.py"),
      environment: () => ({ HOMEROOM_SINGLE_USE_ENTRY: "true" }),
    }),
  ]);
});
afterAll(async () => {
  await superset.stop();
  await lab.close();
});

interface Entry {
  readonly host?: string;
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

const tokenFor = (who: Guest): string => tokenOf(who, { dashboard: DASHBOARD });

function enter(token: string, { host, path, method, headers }: Entry = {}): Promise<Answer> {
  return ask(`${superset.url}${path ?? `/embedded/dashboard/${DASHBOARD}?jwt=${token}`}`, {
    method: method ?? "GET",
    headers: { host: host ?? hosts.embeds[0] ?? "", ...headers },
  });
}

describe("an address that may be opened once", () => {
  it("is opened by one of many who open it at the same moment, for every guest", async () => {
    for (const who of lab.guests) {
      const token = tokenFor(who);
      const answers = await Promise.all(Array.from({ length: 8 }, () => enter(token)));
      const statuses = answers.map(({ status }) => status).sort();
      expecting(named(who), statuses).toStrictEqual([200, ...Array.from({ length: 7 }, () => USED)]);
      for (const { status, text } of answers) if (status === USED) expect(text).not.toContain(token);
    }
  });

  it("is not opened again by another host, method, header, argument or session", async () => {
    const [who] = lab.guests as [Guest];
    const token = tokenFor(who);
    expect((await enter(token)).status).toBe(200);
    const address = `/embedded/dashboard/${DASHBOARD}?jwt=${token}`;
    const replays: Readonly<Record<string, Entry>> = {
      "as it was": {},
      ...Object.fromEntries(hosts.embeds.map((host) => [`on ${host}`, { host }])),
      "on the studio": { host: hosts.studio },
      "with an argument more": { path: `${address}&again=1` },
      "with the token twice": { path: `${address}&jwt=${token}` },
      "with a fragment of an encoding": { path: address.replace("?jwt=", "?%6awt=") },
      "with a slash more": { path: address.replace("?", "/?") },
      "in two slashes": { path: address.replace("/dashboard", "//dashboard") },
      "by POST": { method: "POST" },
      "under another method": { headers: { "x-http-method-override": "HEAD" } },
      "from another address": { headers: { "x-forwarded-for": "203.0.113.9", "x-real-ip": "203.0.113.9" } },
      "beside an administrator's session": { headers: { cookie: lab.studio.cookie } },
      "with the token in its header too": { headers: { "x-guesttoken": token } },
    };
    for (const [name, entry] of Object.entries(replays)) {
      const { status, text, headers } = await enter(token, entry);
      expecting(`${name}: ${status}`, status).toBeGreaterThanOrEqual(400);
      expecting(`${name}: ${status}`, status).toBeLessThan(500);
      expecting(`${name}: the answer repeats the token`, `${text}${JSON.stringify(headers)}`).not.toContain(token);
      expecting(name, lab.canaries.labels(text)).toStrictEqual([]);
    }
  });

  it("is another's for another dashboard, and stays the guest's own after that attempt", async () => {
    for (const who of lab.guests) {
      const token = tokenFor(who);
      const stolen = await enter(token, { path: `/embedded/dashboard/student-progress?jwt=${token}` });
      expecting(`${named(who)}: ${stolen.status}`, stolen.status).toBeGreaterThanOrEqual(400);
      expecting(`${named(who)}: ${stolen.status}`, stolen.status).toBeLessThan(500);
      expecting(named(who), (await enter(token)).status).toBe(200);
      expecting(named(who), (await enter(token)).status).toBe(USED);
    }
  });
});
