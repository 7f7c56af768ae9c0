import { randomBytes } from "node:crypto";
import type pg from "pg";
import { z } from "zod";
import { platform } from "../../../contract/index.ts";
import type { KeyWrapper } from "./key-wrapper.ts";

/** Run in the vault's database by its owner. Running it again changes nothing. */
export const vaultSql = `
create table if not exists subject (
  pid text primary key,
  lookup bytea not null unique,
  identity bytea not null,
  key bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
-- A pseudonym that a writer made while the vault was away, and the person it stands for.
create table if not exists alias (
  pid text primary key,
  subject_pid text not null references subject (pid) on delete cascade,
  key bytea not null,
  made_at timestamptz not null default clock_timestamp()
);
grant select, insert on subject, alias to ${platform.roles.auditVault};`;

/** A person as a writer knows them. A stranger is nobody; their key is that of the day. */
export interface VaultPerson {
  readonly tenant: string;
  readonly kind: "guest" | "user" | "stranger";
  readonly user_id: string;
}

export interface Subject {
  /** A random pseudonym: 32 hex digits. */
  readonly pid: string;
  /** 32 bytes. */
  readonly key: Buffer;
}

const rowSchema = z.object({ pid: z.string(), key: z.instanceof(Buffer) });

/**
 * Random pseudonyms and a key for each person. Whoever has no access to the vault cannot tell who a pseudonym is, and
 * a pseudonym is not computed from the person, so that destroying its row forgets the person.
 */
export class Vault {
  readonly #client: pg.ClientBase;
  readonly #wrapper: KeyWrapper;

  constructor(client: pg.ClientBase, wrapper: KeyWrapper) {
    this.#client = client;
    this.#wrapper = wrapper;
  }

  /** Returns the person's subject, made at the first call. */
  async subjectOf(person: VaultPerson, today = new Date()): Promise<Subject> {
    const name = identityOf(person, today);
    const lookup = await this.#wrapper.index(name);
    return (await this.#find(lookup)) ?? (await this.#make(name, lookup));
  }

  /** Takes up a provisional pseudonym. Returns the person's own; events under the provisional one stay theirs. */
  async adopt(person: VaultPerson, provisional: Subject, today = new Date()): Promise<Subject> {
    const subject = await this.subjectOf(person, today);
    if (subject.pid !== provisional.pid)
      await this.#client.query("insert into alias (pid, subject_pid, key) values ($1, $2, $3) on conflict do nothing", [
        provisional.pid,
        subject.pid,
        await this.#wrapper.wrap(provisional.key, `key ${provisional.pid}`),
      ]);
    return subject;
  }

  /** Returns every pseudonym of a person that the vault knows, or none for one it never met. */
  async pseudonymsOf(person: VaultPerson): Promise<string[]> {
    const lookup = await this.#wrapper.index(identityOf(person, new Date()));
    const { rows } = await this.#client.query<{ pid: string }>(
      `select pid from subject where lookup = $1
       union select a.pid from alias a join subject s on s.pid = a.subject_pid where s.lookup = $1`,
      [lookup],
    );
    return rows.map(({ pid }) => pid);
  }

  async #find(lookup: Buffer): Promise<Subject | undefined> {
    const { rows } = await this.#client.query("select pid, key from subject where lookup = $1", [lookup]);
    if (rows.length === 0) return undefined;
    const { pid, key } = rowSchema.parse(rows[0]);
    return { pid, key: await this.#wrapper.unwrap(key, `key ${pid}`) };
  }

  async #make(name: string, lookup: Buffer): Promise<Subject> {
    const pid = randomBytes(16).toString("hex");
    const key = randomBytes(32);
    const { rowCount } = await this.#client.query(
      "insert into subject (pid, lookup, identity, key) values ($1, $2, $3, $4) on conflict (lookup) do nothing",
      [
        pid,
        lookup,
        await this.#wrapper.wrap(Buffer.from(name), `identity ${pid}`),
        await this.#wrapper.wrap(key, `key ${pid}`),
      ],
    );
    if (rowCount === 1) return { pid, key };
    const found = await this.#find(lookup);
    if (found === undefined) throw new Error("the vault lost a person between two statements");
    return found;
  }
}

function identityOf({ tenant, kind, user_id: id }: VaultPerson, today: Date): string {
  return JSON.stringify([tenant, kind, kind === "stranger" ? today.toISOString().slice(0, 10) : id]);
}
