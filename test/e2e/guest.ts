import {
  createHmac,
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../contract/claims.ts";
import { parseJwks, type PublicSigningKey } from "../../runtime/tokens/keys/signing-key.ts";
import { databaseOf, live, rowsOf, settings, tenantOf } from "./live.ts";

export type { Role };

/** The subject that a test's head of subject heads: one that every demo school teaches. */
export const subjectOfHeads = "Mathematics";
export type Claims = Record<string, unknown>;

export interface SigningKey {
  readonly kid: string;
  readonly issuer: string;
  readonly key: KeyObject;
}

export const dashboardOf: Readonly<Record<Role, string>> = {
  principal: "institutional-analytics",
  head_of_subject: "instructor-performance",
  teacher: "instructor-performance",
  student: "student-progress",
};

function jwks(): PublicSigningKey[] {
  return [...parseJwks(readFileSync(live.state.jwks, "utf8"), live.state.jwks).keys];
}

/** Finds the key that signs for the tenant now. */
export function keyOf(tenant: string): SigningKey {
  const now = Date.now() / 1000;
  const found = jwks()
    .filter((key) => key.activate_at <= now && (key.retire_at === null || key.retire_at > now))
    .sort((left, right) => right.activate_at - left.activate_at)
    .find((entry) => entry.tenants.includes(tenant));
  if (found === undefined) throw new Error(`${live.state.jwks}: no key for tenant ${tenant}`);
  return {
    kid: found.kid,
    issuer: found.iss,
    key: createPrivateKey(readFileSync(join(live.state.keys, `${found.kid}.pem`))),
  };
}

export function strangerKey(): KeyObject {
  return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
}

const encode = (value: unknown): string =>
  Buffer.from(typeof value === "string" ? value : JSON.stringify(value)).toString("base64url");

/** Signs any header and payload with RS256. Tests of refusals need tokens that no honest library makes. */
export function signRs256(header: Claims, payload: unknown, key: KeyObject): string {
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${sign("sha256", Buffer.from(input), key).toString("base64url")}`;
}

/** Signs with HMAC and the published key as its secret, the classic algorithm confusion. */
export function signHs256WithPublicKey(header: Claims, payload: unknown, key: KeyObject): string {
  const secret = createPublicKey(key).export({ type: "spki", format: "pem" });
  const input = `${encode(header)}.${encode(payload)}`;
  return `${input}.${createHmac("sha256", secret).update(input).digest("base64url")}`;
}

export function unsigned(payload: unknown): string {
  return `${encode({ alg: "none", typ: "JWT" })}.${encode(payload)}.`;
}

/** The person for whom a token is. A teacher's classes and a student's id exist in that school. */
export interface Guest {
  readonly role: Role;
  readonly school: number;
  readonly tenant: string;
  readonly classIds: readonly number[];
  readonly studentId: number;
}

export async function guest(role: Role, school: number): Promise<Guest> {
  const tenant = tenantOf(school);
  const database = databaseOf(tenant);
  const classes = await rowsOf<{ class_id: number }>(
    database,
    "select class_id from classes where school_id = $1 and tutor_id = (select min(tutor_id) from tutors where school_id = $1) order by class_id",
    [school],
  );
  const [student] = await rowsOf<{ student_id: number }>(
    database,
    "select student_id from students where school_id = $1 order by student_id limit 1",
    [school],
  );
  if (classes.length === 0 || student === undefined)
    throw new Error(`school ${school} has no classes or students: is the demo data loaded?`);
  const classIds = classes.map((row) => row.class_id);
  return { role, school, tenant, classIds, studentId: student.student_id };
}

export function claimsOf(guest: Guest, changes: Claims = {}): Claims {
  const now = Math.floor(Date.now() / 1000);
  const { role, school, tenant } = guest;
  const claims: Claims = {
    user_id: 900_000 + school,
    username: `${role}.${school}`,
    email: `${role}${school}@example.edu.au`,
    first_name: "Ada",
    last_name: "Lovelace",
    is_active: true,
    role,
    school_id: school,
    subject_area: role === "head_of_subject" ? subjectOfHeads : null,
    tenant,
    dashboard: dashboardOf[role],
    type: "guest",
    iss: changes["iss"] ?? keyOf(tenant).issuer,
    aud: settings.supersetSettings.audience,
    iat: now,
    nbf: now,
    exp: now + 900,
    jti: randomUUID(),
    ...(role === "teacher" ? { class_ids: guest.classIds } : {}),
    ...(role === "student" ? { student_id: guest.studentId } : {}),
    ...changes,
  };
  return Object.fromEntries(Object.entries(claims).filter(([, value]) => value !== undefined));
}

export function tokenOf(guest: Guest, changes: Claims = {}): string {
  const { kid, key } = keyOf(guest.tenant);
  return signRs256({ alg: "RS256", typ: "JWT", kid }, claimsOf(guest, changes), key);
}
