import { beforeAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import fc from "fast-check";
import { decodeJwt } from "jose";
import { claimsSchema, platform } from "../../../../contract/index.ts";
import vectors from "../../../../contract/vectors/claims.json" with { type: "json" };
import { localSigner } from "../../../../embed/local-signer.ts";
import { personProblems } from "../../../../embed/person.ts";
import { EmbedError } from "../../../../embed/embed-error.ts";
import { embedOrigin, embedUrl } from "../../../../runtime/tokens/minting/embed-url.ts";
import { mintToken, type MintRequest } from "../../../../runtime/tokens/minting/mint.ts";
import { Refusal } from "../../../../runtime/tokens/refusal.ts";
import { generateSigningKey } from "../../../../runtime/tokens/keys/signing-key.ts";
import { MemoryKeyStore } from "../keys/memory-key-store.ts";
import { expecting } from "../../../support/expecting.ts";

/** HOMEROOM_PROPERTY_RUNS sets how many examples; the seed is fixed and a failure prints the example that shows it. */
const runs = { numRuns: Number(process.env["HOMEROOM_PROPERTY_RUNS"] ?? 200), seed: 20_261_121 };
const accepts = new Ajv2020({ strict: false, formats: { uuid: true, date: true } }).compile(claimsSchema);
const now = 1_800_000_000;
const dashboards = { "student-progress": "e1", "institutional-analytics": "e2" };

const ofToken = ["is_active", "tenant", "dashboard", "type", "iss", "aud", "iat", "nbf", "exp", "jti"];
const people = vectors.accepted.map(({ claims }) =>
  Object.fromEntries(Object.entries(claims).filter(([name]) => !ofToken.includes(name))),
);
const member = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(...Object.keys(claimsSchema.properties)) },
  fc.constantFrom("toJSON", "__proto__", "constructor", "rls_rules", "resources", "kid"),
  fc.string({ maxLength: 8 }),
);
const wild = fc.oneof(
  fc.anything({ withBigInt: true, withDate: true, withMap: true, withSet: true, withSparseArray: true, maxDepth: 2 }),
  fc.string({ unit: "binary", maxLength: 120 }),
  fc.integer(),
  fc.constantFrom<unknown>(
    "\ud800",
    "Zoë 😀",
    42.5,
    -0,
    Number.NaN,
    2 ** 31,
    [4201, 4201],
    [4201],
    [],
    "south",
    142,
    null,
  ),
  fc.constantFrom<unknown>({ toJSON: () => 142 }, Object.assign([4201], { toJSON: () => [9999] }), new Date(0)),
);
const changed = fc
  .tuple(fc.constantFrom(...people), fc.dictionary(member, wild, { maxKeys: 3 }))
  .map(([person, changes]) => ({ ...person, ...changes }) as unknown as MintRequest["person"]);
const place = new RegExp(`^(claims|${Object.keys(claimsSchema.properties).join("|")})(\\.[^:]*)?: .`, "u");

describe("whatever person a host product sends", () => {
  const keys = new MemoryKeyStore();
  beforeAll(async () => {
    await keys.add([
      await generateSigningKey({ issuer: "https://north.school.localhost", tenants: ["north"], activateAt: now - 10 }),
      await generateSigningKey({ issuer: "https://south.school.localhost", tenants: ["south"], activateAt: now - 10 }),
    ]);
  });

  it("minting refuses with the place, or gives claims that the schema accepts, of the tenant and the school asked for", async () => {
    let minted = 0;
    const tenant = fc.constantFrom("north", "south");
    const property = fc.asyncProperty(changed, tenant, async (person, asked) => {
      const request = { person, tenant: asked, dashboard: "student-progress" };
      try {
        const { token, claims } = await mintToken(request, { keys, audience: "homeroom", now });
        const payload = decodeJwt(token);
        expecting(JSON.stringify(accepts.errors), accepts(payload)).toBe(true);
        expect(payload).toStrictEqual(claims);
        expect(token.length).toBeLessThanOrEqual(platform.limits.tokenMaxBytes);
        const { tenant, iss, dashboard, aud, exp, role, school_id, user_id, class_ids, student_id } = payload;
        expect({ tenant, iss, dashboard, aud, exp }).toStrictEqual({
          tenant: asked,
          iss: `https://${asked}.school.localhost`,
          dashboard: "student-progress",
          aud: "homeroom",
          exp: now + platform.limits.tokenMaxAgeSeconds,
        });
        expect([role, school_id, user_id, student_id]).toStrictEqual([
          person.role,
          person.school_id,
          person.user_id,
          person.student_id,
        ]);
        expect(JSON.stringify(class_ids)).toStrictEqual(JSON.stringify(person.class_ids));
        minted += 1;
      } catch (error) {
        if (!(error instanceof Refusal)) throw error;
        if (error.code === "token_size") return;
        expect(error.code).toBe("claims");
        for (const problem of error.message.split("; ")) expect(problem).toMatch(/\S/);
        expect(error.message).toMatch(place);
      }
    });
    await fc.assert(property, runs);
    expecting(`only ${minted} were minted`, minted).toBeGreaterThan(runs.numRuns / 20);
  });

  it("the local signer rejects with an EmbedError, or embeds under one of its hosts", async () => {
    const homeroom = localSigner({
      issuer: "https://north.school.localhost",
      tenants: ["north"],
      keys,
      embedOrigins: ["https://analytics1.example", "https://analytics2.example"],
      dashboards,
      clock: () => now,
    });
    const tenant = fc.oneof(fc.constantFrom("north", "south", "constructor"), fc.string());
    const dashboard = fc.oneof(fc.constantFrom("student-progress", "constructor", "../x"), fc.string());
    const property = fc.asyncProperty(changed, tenant, dashboard, async (person, asked, slug) => {
      const request = { person, tenant: asked, dashboard: slug } as Parameters<typeof homeroom.embed>[0];
      try {
        const { token, embedUrl: url } = await homeroom.embed(request);
        expect(personProblems(person)).toStrictEqual([]);
        const payload = decodeJwt(token);
        expect([payload["tenant"], payload["dashboard"]]).toStrictEqual(["north", "student-progress"]);
        expect(url).toMatch(/^https:\/\/analytics[12]\.example\/embedded\/dashboard\/student-progress\?jwt=[\w.-]+$/);
      } catch (error) {
        if (!(error instanceof EmbedError)) throw error;
        expect(error.message).toMatch(/\S/);
      }
    });
    await fc.assert(property, runs);
  });
});

describe("the host of a dashboard", () => {
  const origins = (count: number): string[] =>
    Array.from({ length: count }, (_, index) => `https://analytics${index + 1}.example`);
  const seed = fc.integer({ min: 0, max: 2 ** 31 });

  it("stays, or moves to the host that is new, and no more than that one's share moves", () => {
    const property = fc.property(fc.integer({ min: 1, max: 9 }), seed, (count, first) => {
      const [old, grown] = [origins(count), origins(count + 1)];
      const tenants = Array.from({ length: 400 }, (_, index) => `tenant-${first + index}`);
      const moved = tenants.filter((tenant) => {
        const before = embedOrigin(old, tenant, "student-progress");
        const after = embedOrigin(grown, tenant, "student-progress");
        expect(after === before || after === grown.at(-1)).toBe(true);
        return after !== before;
      });
      const share = 1 / (count + 1);
      // Six standard deviations of as many throws: a fair hash stays within them.
      const margin = 6 * Math.sqrt((share * (1 - share)) / tenants.length);
      expecting(
        `${moved.length} of 400 for ${count} hosts`,
        Math.abs(moved.length / tenants.length - share),
      ).toBeLessThan(margin);
    });
    fc.assert(property, { ...runs, numRuns: Math.min(runs.numRuns, 20) });
  });

  it("is one of the origins, whatever their order, and its address carries dashboard and token unharmed", () => {
    const property = fc.property(
      fc.shuffledSubarray(origins(5), { minLength: 1 }),
      fc.string(),
      fc.string(),
      (some, tenant, text) => {
        const origin = embedOrigin(some, tenant, text);
        expect(some).toContain(origin);
        expect(embedOrigin([...some].reverse(), tenant, text)).toBe(origin);
        const url = new URL(embedUrl(origin, "student-progress", text));
        expect(url.origin).toBe(origin);
        expect(url.searchParams.get("jwt")).toBe(text);
        expect(url.pathname).toBe("/embedded/dashboard/student-progress");
      },
    );
    fc.assert(property, runs);
  });
});
