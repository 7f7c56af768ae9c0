import { readFileSync } from "node:fs";
import { request } from "node:https";
import { request as plainRequest, type IncomingHttpHeaders } from "node:http";
import pg from "pg";
import { local } from "../../config/local.ts";
import { platform } from "../../contract/index.ts";
import { certificateFiles } from "../../local/certificates.ts";
import { hostsOf } from "../../local/hosts.ts";
import { urlsOf } from "../../local/urls.ts";
import { superuserName } from "../../local/postgres.ts";
import { Secrets } from "../../local/secrets.ts";
import { tenantDatabases, parseSettings } from "../../local/settings.ts";
import { State } from "../../local/state.ts";
import { portOffset, stateDir } from "./stack.ts";

export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | readonly string[]>>;
  readonly body?: unknown;
}

const state = new State(process.env["HOMEROOM_E2E_STATE"] ?? stateDir);
export const settings = parseSettings(structuredClone(local), portOffset);
export const hosts = hostsOf(settings);
export const urls = urlsOf(settings, hosts);
export const secrets = new Secrets(state);
export const live = { state, authority: certificateFiles(state.tls).authority };

const embed = urls.embedsTls[0];
if (embed === undefined) throw new Error("config/local.ts lists no embed host");
/** TLS origin of the first embed host. */
export const embedOrigin: string = embed;

/**
 * Sends a request to a host by name, at the loopback address. TLS trusts the local authority only; a plain origin goes
 * without.
 */
export function ask(url: string | URL, question: Question = {}): Promise<Answer> {
  const target = new URL(url);
  const { method = "GET", headers = {}, body } = question;
  const payload = body === undefined ? undefined : typeof body === "string" ? body : JSON.stringify(body);
  const secure = target.protocol === "https:";
  const options = {
    host: settings.address,
    port: target.port,
    path: target.pathname + target.search,
    method,
    headers: {
      host: target.host,
      ...(payload === undefined
        ? {}
        : { "content-type": "application/json", "content-length": String(Buffer.byteLength(payload)) }),
      ...headers,
    },
    agent: false as const,
  };
  return new Promise((resolve, reject) => {
    const dialled = secure
      ? request({ ...options, servername: target.hostname, ca: readFileSync(live.authority) })
      : plainRequest(options);
    dialled.once("response", (response) => {
      const chunks: Buffer[] = [];
      response.on("data", (chunk: Buffer) => chunks.push(chunk));
      response.once("error", reject);
      response.once("end", () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          text: Buffer.concat(chunks).toString("utf8"),
        }),
      );
    });
    dialled.once("error", reject);
    dialled.end(payload);
  });
}

export function guestHeader(token: string): Record<string, string> {
  return { "x-guesttoken": token };
}

/**
 * Returns the tenant of a demo school: north has 1 to 100 and south 101 to 200, who share; east has 201 to 220, in its
 * own database.
 */
export const tenantOf = (school: number): string => (school <= 100 ? "north" : school <= 200 ? "south" : "east");

export function databaseOf(tenant: string): string {
  return tenantDatabases(settings).find((own) => own.tenant === tenant)?.database ?? platform.databases.schools;
}

/** Reads rows from the shared schools' database, without either lock. */
export async function rows<Row extends pg.QueryResultRow>(
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  return rowsOf<Row>(platform.databases.schools, sql, values);
}

export async function rowsOf<Row extends pg.QueryResultRow>(
  database: string,
  sql: string,
  values: readonly unknown[] = [],
): Promise<Row[]> {
  const client = new pg.Client({
    host: settings.address,
    port: settings.ports.postgres,
    database,
    user: superuserName,
    password: secrets.ownerSecret("postgres-superuser"),
    ssl: false,
  });
  await client.connect();
  try {
    return (await client.query<Row>(sql, [...values])).rows;
  } finally {
    await client.end();
  }
}

/** Returns the single number of a query's result. */
export async function figure(
  sql: string,
  values: readonly unknown[] = [],
  database: string = platform.databases.schools,
): Promise<number> {
  const [row] = await rowsOf<Record<string, unknown>>(database, sql, values);
  const value = row === undefined ? undefined : Object.values(row)[0];
  if (value === null || value === undefined || Number.isNaN(Number(value))) throw new Error(`${sql}: gives no number`);
  return Number(value);
}
