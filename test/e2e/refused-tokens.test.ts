import { beforeAll, describe, expect, it } from "@jest/globals";
import { platform } from "../../contract/index.ts";
import { ask, embedOrigin, guestHeader } from "./live.ts";
import {
  type Claims,
  claimsOf,
  type Guest,
  guest,
  keyOf,
  signHs256WithPublicKey,
  signRs256,
  strangerKey,
  tokenOf,
  unsigned,
} from "./guest.ts";
import { expecting } from "../support/expecting.ts";

const north = keyOf.bind(undefined, "north");
const now = (): number => Math.floor(Date.now() / 1000);
let principal: Guest;
let student: Guest;
let teacher: Guest;

beforeAll(async () => {
  [principal, teacher, student] = await Promise.all([
    guest("principal", 42),
    guest("teacher", 42),
    guest("student", 42),
  ]);
});

const header = (changes: Claims = {}): Claims => ({ alg: "RS256", typ: "JWT", kid: north().kid, ...changes });
const withHeader = (changes: Claims): string => signRs256(header(changes), claimsOf(principal), north().key);
const principalToken = (changes: Claims): string => tokenOf(principal, changes);

interface Refusal {
  readonly name: string;
  readonly token: () => string;
  /** Words that the message must contain, so that the integrator knows what to mend. */
  readonly says: RegExp;
}

const refusals: Refusal[] = [
  {
    name: "expired",
    token: () => principalToken({ iat: now() - 1200, nbf: now() - 1200, exp: now() - 60 }),
    says: /expired/,
  },
  {
    name: "not yet valid",
    token: () => principalToken({ iat: now() + 120, nbf: now() + 120, exp: now() + 600 }),
    says: /not valid yet/,
  },
  {
    name: "longer than an hour",
    token: () => principalToken({ exp: now() + platform.limits.tokenMaxAgeSeconds + 60 }),
    says: /longer than 3600/,
  },
  {
    name: "signed with a wrong key",
    token: () => signRs256(header(), claimsOf(principal), strangerKey()),
    says: /signature/,
  },
  { name: "of an unknown kid", token: () => withHeader({ kid: "nobody" }), says: /kid 'nobody'/ },
  {
    name: "without a kid",
    token: () => signRs256({ alg: "RS256", typ: "JWT" }, claimsOf(principal), north().key),
    says: /kid/,
  },
  { name: "of alg none", token: () => unsigned(claimsOf(principal)), says: /alg.*none/ },
  {
    name: "HS256 signed with the public key",
    token: () => signHs256WithPublicKey(header({ alg: "HS256" }), claimsOf(principal), north().key),
    says: /alg.*HS256/,
  },
  {
    name: "HS256 signed with the public key that says RS256",
    token: () => signHs256WithPublicKey(header(), claimsOf(principal), north().key),
    says: /signature/,
  },
  {
    name: "that brings its own key",
    token: () => withHeader({ jku: "https://elsewhere.example/jwks.json" }),
    says: /jku/,
  },
  { name: "for another audience", token: () => principalToken({ aud: "another" }), says: /aud/ },
  { name: "for several audiences", token: () => principalToken({ aud: ["homeroom", "another"] }), says: /aud/ },
  { name: "of another issuer", token: () => principalToken({ iss: "https://elsewhere.example" }), says: /iss/ },
  {
    name: "for another tenant",
    token: () => principalToken({ tenant: "south", school_id: 150 }),
    says: /tenant 'south'/,
  },
  { name: "of another type", token: () => principalToken({ type: "access" }), says: /type/ },
  { name: "of an inactive person", token: () => principalToken({ is_active: false }), says: /is_active/ },
  { name: "without a school", token: () => principalToken({ school_id: undefined }), says: /school_id/ },
  { name: "without an expiry", token: () => principalToken({ exp: undefined }), says: /exp/ },
  { name: "without a number of its own", token: () => principalToken({ jti: undefined }), says: /jti/ },
  { name: "of a teacher without classes", token: () => tokenOf(teacher, { class_ids: undefined }), says: /class_ids/ },
  {
    name: "of a teacher with a class that cannot be",
    token: () => tokenOf(teacher, { class_ids: [0] }),
    says: /class_ids/,
  },
  {
    name: "of a student without a number",
    token: () => tokenOf(student, { student_id: undefined }),
    says: /student_id/,
  },
  { name: "with an extra role", token: () => principalToken({ role: "admin" }), says: /role/ },
  { name: "with two roles", token: () => principalToken({ role: ["principal", "teacher"] }), says: /role/ },
  { name: "with an unknown claim", token: () => principalToken({ roles: ["Admin"] }), says: /roles/ },
  { name: "with resources of its own", token: () => principalToken({ rls_rules: [] }), says: /rls_rules/ },
  { name: "with SQL for a school", token: () => principalToken({ school_id: "42 OR 1=1" }), says: /school_id/ },
  { name: "with text for a school", token: () => principalToken({ school_id: "42" }), says: /school_id/ },
  { name: "with true for a school", token: () => principalToken({ school_id: true }), says: /school_id/ },
  { name: "with an array for a school", token: () => principalToken({ school_id: [42] }), says: /school_id/ },
  { name: "with null for a school", token: () => principalToken({ school_id: null }), says: /school_id/ },
  { name: "with a fraction for a school", token: () => principalToken({ school_id: 42.5 }), says: /school_id/ },
  { name: "with a huge school", token: () => principalToken({ school_id: 2 ** 53 }), says: /school_id/ },
  { name: "with a school below one", token: () => principalToken({ school_id: 0 }), says: /school_id/ },
  {
    name: "with SQL among the classes",
    token: () => tokenOf(teacher, { class_ids: [4201, "1) OR (1=1"] }),
    says: /class_ids/,
  },
  { name: "with null among the classes", token: () => tokenOf(teacher, { class_ids: [null] }), says: /class_ids/ },
  {
    name: "with an object for a student",
    token: () => tokenOf(student, { student_id: { ne: 0 } }),
    says: /student_id/,
  },
  { name: "with text for times", token: () => principalToken({ exp: "tomorrow" }), says: /exp/ },
  { name: "with a slug that climbs", token: () => principalToken({ dashboard: "../admin" }), says: /dashboard/ },
  {
    name: "whose payload is a list",
    token: () => signRs256(header(), [claimsOf(principal)], north().key),
    says: /token|payload/,
  },
  { name: "that is no JWT", token: () => "not.a.jwt", says: /base64url/ },
];

const api = `${embedOrigin}/api/v1/me/roles/`;
const page = (token: string): string =>
  `${embedOrigin}/embedded/dashboard/institutional-analytics?jwt=${encodeURIComponent(token)}`;

describe("a good token", () => {
  it("opens the API and the page, so that the refusals below mean something", async () => {
    const token = tokenOf(principal);
    expect((await ask(api, { headers: guestHeader(token) })).status).toBe(200);
    expect((await ask(page(token))).status).toBe(200);
  });
});

describe("a token is refused by the API and by the embed page", () => {
  for (const { name, token, says } of refusals) {
    it(name, async () => {
      const made = token();
      const [called, opened] = [await ask(api, { headers: guestHeader(made) }), await ask(page(made))];
      for (const [where, answer] of [
        ["API", called],
        ["page", opened],
      ] as const) {
        expecting(`${where}: ${answer.status} ${answer.text.slice(0, 300)}`, [401, 403]).toContain(answer.status);
        const text = answer.text.replaceAll("&#39;", "'").replaceAll("&#x27;", "'").replaceAll("&quot;", '"');
        expecting(where, text).toMatch(says);
        expecting(`${where} repeats the token`, answer.text).not.toContain(made);
        expect(answer.headers["set-cookie"]).toBeUndefined();
      }
    });
  }

  it("oversized, by the limit that minting knows too", async () => {
    const departments = Array.from({ length: 50 }, (_, index) => `${"department".repeat(9)}${index}`);
    const made = tokenOf(principal, { org_structure: { departments } });
    expect(made.length).toBeGreaterThan(platform.limits.tokenMaxBytes);
    expect(made.length).toBeLessThan(platform.limits.headerFieldBytes - 20);
    const called = await ask(api, { headers: guestHeader(made) });
    expect(called.status).toBe(401);
    expect(called.text).toMatch(/more than 6144 bytes/);
    const opened = await ask(page(made));
    expecting(String(opened.status), [401, 414]).toContain(opened.status);
  });

  it("far beyond every limit, without harm", async () => {
    const made = `${"a".repeat(30_000)}.b.c`;
    for (const answer of [await ask(api, { headers: guestHeader(made) }), await ask(page(made))]) {
      expecting(String(answer.status), [400, 401, 414, 431]).toContain(answer.status);
    }
    expect((await ask(api, { headers: guestHeader(tokenOf(principal)) })).status).toBe(200);
  });

  it("sent twice", async () => {
    const answer = await ask(api, { headers: { "x-guesttoken": [tokenOf(principal), tokenOf(teacher)] } });
    expect(answer.status).toBe(401);
  });

  it("of another dashboard", async () => {
    const token = tokenOf(student);
    const answer = await ask(`${embedOrigin}/api/v1/dashboard/institutional-analytics`, {
      headers: guestHeader(token),
    });
    expecting(answer.text.slice(0, 200), answer.status).toBe(403);
    expect(answer.text).toMatch(/student-progress/);
    expect((await ask(page(token))).status).toBe(403);
  });

  it("in the address of anything but the embed page", async () => {
    const answer = await ask(`${api}?jwt=${tokenOf(principal)}`);
    expect(answer.status).toBe(401);
    expect(answer.text).toMatch(/header only/);
  });

  it("absent", async () => {
    for (const path of [
      "/api/v1/me/roles/",
      "/api/v1/dashboard/student-progress",
      "/api/v1/chart/",
      "/superset/welcome/",
    ]) {
      const answer = await ask(`${embedOrigin}${path}`);
      expecting(`${path}: ${answer.status}`, answer.status).toBe(401);
    }
  });
});
