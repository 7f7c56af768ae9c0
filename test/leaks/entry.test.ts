import assert from "node:assert/strict";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { SupersetBeside } from "../e2e/beside.ts";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { type Answer, ask, hosts } from "../e2e/live.ts";
import { root } from "../support/workshop.ts";
import { Lab } from "./lab.ts";
import { named } from "./people.ts";

const DASHBOARD = "institutional-analytics";
const USED = 410;

let lab: Lab;
let superset: SupersetBeside;
before(async () => {
  [lab, superset] = await Promise.all([
    Lab.open([61, 201]),
    SupersetBeside.start({
      config: join(root, "superset/src/homeroom_superset/superset_config.py"),
      environment: () => ({ HOMEROOM_SINGLE_USE_ENTRY: "true" }),
    }),
  ]);
});
after(async () => {
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
      assert.deepEqual(statuses, [200, ...Array.from({ length: 7 }, () => USED)], named(who));
      for (const { status, text } of answers) if (status === USED) assert.ok(!text.includes(token));
    }
  });

  it("is not opened again by another host, method, header, argument or session", async () => {
    const [who] = lab.guests as [Guest];
    const token = tokenFor(who);
    assert.equal((await enter(token)).status, 200);
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
      assert.ok(status >= 400 && status < 500, `${name}: ${status}`);
      assert.ok(!`${text}${JSON.stringify(headers)}`.includes(token), `${name}: the answer repeats the token`);
      assert.deepEqual(lab.canaries.labels(text), [], name);
    }
  });

  it("is another's for another dashboard, and stays the guest's own after that attempt", async () => {
    for (const who of lab.guests) {
      const token = tokenFor(who);
      const stolen = await enter(token, { path: `/embedded/dashboard/student-progress?jwt=${token}` });
      assert.ok(stolen.status >= 400 && stolen.status < 500, `${named(who)}: ${stolen.status}`);
      assert.equal((await enter(token)).status, 200, named(who));
      assert.equal((await enter(token)).status, USED, named(who));
    }
  });
});
