import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { beforeAll, describe, expect, it } from "@jest/globals";
import Ajv2020 from "ajv/dist/2020.js";
import { eventsSchema } from "../../contract/index.ts";
import { type Guest, guest, strangerKey, claimsOf, keyOf, signRs256, tokenOf } from "./guest.ts";
import { ask, embedOrigin, guestHeader, live } from "./live.ts";
import { expecting } from "../support/expecting.ts";

const isEvent = new Ajv2020.default().compile(eventsSchema);
const hash = (token: string): string => createHash("sha256").update(token).digest("hex");
let principal: Guest;

beforeAll(async () => {
  principal = await guest("principal", 42);
});

function eventsOf(token: string): { event: string; school_id?: number }[] {
  const text = readFileSync(live.state.path("logs", "superset-web.log"), "utf8");
  return text
    .split("\n")
    .filter((line) => line.includes(hash(token)))
    .map((line) => {
      const event: unknown = JSON.parse(line.slice(line.indexOf('{"event"')));
      expecting(`${line} ${JSON.stringify(isEvent.errors)}`, isEvent(event)).toBe(true);
      return event as { event: string; school_id?: number };
    });
}

describe("events about tokens in the running stack", () => {
  it("say who came in and who was refused, and no log of any part holds the token", async () => {
    const good = tokenOf(principal);
    const header = { alg: "RS256", typ: "JWT", kid: keyOf("north").kid };
    const forged = signRs256(header, claimsOf(principal), strangerKey());
    for (const token of [good, forged, good]) {
      await ask(`${embedOrigin}/api/v1/me/roles/`, { headers: guestHeader(token) });
    }
    await wait(1_000);
    const accepted = eventsOf(good);
    expect(accepted.length).toBeGreaterThanOrEqual(1);
    expect(accepted.filter(({ event, school_id }) => !(event === "token.accepted" && school_id === 42))).toEqual([]);
    expect(eventsOf(forged).map(({ event, school_id }) => [event, school_id])).toStrictEqual([
      ["token.rejected", undefined],
    ]);
    const folder = live.state.path("logs");
    for (const name of readdirSync(folder).filter((file) => file.endsWith(".log"))) {
      const text = readFileSync(live.state.path("logs", name), "utf8");
      for (const token of [good, forged]) expecting(name, text).not.toContain(token.split(".")[2] ?? token);
    }
  });
});
