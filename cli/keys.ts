import { Command, Option } from "commander";
import { forgetRetired, publicationLeadSeconds, revoke, rotate } from "../runtime/tokens/keys/key-rotation.ts";
import type { PublicSigningKey } from "../runtime/tokens/keys/signing-key.ts";
import {
  withAwsErrors,
  type KeyStoreOptions,
  type NamedKeyStore,
  openKeyStore,
  withKeyStoreOptions,
} from "./key-store.ts";
import { parseWholeNumber } from "./number-option.ts";
import type { Output } from "./output.ts";
import { configOption, withTrustStore } from "./trust-store.ts";
import { UsageError } from "./usage-error.ts";

const now = (): number => Math.floor(Date.now() / 1000);
const formatTime = (epoch: number): string => new Date(epoch * 1000).toISOString();

interface RotateOptions extends KeyStoreOptions {
  readonly issuer?: string;
  readonly leadSeconds: number;
  readonly bits: "2048" | "3072";
}

interface RevokeOptions extends KeyStoreOptions {
  readonly config: string;
  readonly keySetOnly?: boolean;
}

export function keysCommand({ print }: Output): Command {
  const keys = new Command("keys").description("signing keys of the issuers");
  const command = (name: string, description: string): Command =>
    withKeyStoreOptions(keys.command(name).description(description));
  command("list", "show every published key and what it is doing").action((options: KeyStoreOptions) =>
    withAwsErrors(list(openKeyStore(options))),
  );
  command(
    "rotate",
    "publish the next key of an issuer, or of each; it signs after the lead, and the old one ends by itself",
  )
    .option("--issuer <url>", "only this issuer")
    .option(
      "--lead-seconds <n>",
      "time until verifiers have read the new key",
      parseWholeNumber,
      publicationLeadSeconds,
    )
    .addOption(new Option("--bits <n>", "size of the key").choices(["2048", "3072"]).default("2048"))
    .action((options: RotateOptions) => withAwsErrors(rotateAll(openKeyStore(options), options)));
  command("revoke", "stop a key at once; every token that it signed ends")
    .argument("<kid>", "as homeroom keys list shows it")
    .addOption(configOption())
    .option("--key-set-only", "leave the trust store alone: verifiers learn it when they next read the key set")
    .action((kid: string, options: RevokeOptions) => withAwsErrors(revokeKey(kid, openKeyStore(options), options)));
  return keys;

  async function list(named: NamedKeyStore): Promise<void> {
    for (const key of await readPublishedKeys(named)) print(formatKey(key, now()));
  }

  async function rotateAll(named: NamedKeyStore, { issuer, leadSeconds, bits }: RotateOptions): Promise<void> {
    const issuers = issuer === undefined ? (await readPublishedKeys(named)).map(({ iss }) => iss) : [issuer];
    for (const kid of await forgetRetired(named.store, now())) {
      print(`${kid}  forgotten: ended more than a day ago`);
    }
    const modulusBits = bits === "3072" ? 3072 : 2048;
    for (const one of new Set(issuers)) {
      print(formatKey(await rotate(named.store, { issuer: one, now: now(), leadSeconds, modulusBits }), now()));
    }
  }

  async function revokeKey(kid: string, named: NamedKeyStore, options: RevokeOptions): Promise<void> {
    const known = (await readPublishedKeys(named)).map((key) => key.kid);
    // The trust store comes first, because it takes effect at once. An unknown kid is refused below.
    if (options.keySetOnly !== true && known.includes(kid)) {
      await withTrustStore(options.config, (store) => store.revoke([{ kind: "kid", kid }], now()));
    }
    const key = await revoke(named.store, kid, now());
    print(formatKey(key, now()));
    const others = (await readPublishedKeys(named)).some(
      (other) => other.iss === key.iss && other.retire_at === null && other.activate_at <= now(),
    );
    if (!others) print(`${key.iss} cannot sign now: run homeroom keys rotate --issuer ${key.iss} --lead-seconds 0`);
  }
}

async function readPublishedKeys({ name, store }: NamedKeyStore): Promise<readonly PublicSigningKey[]> {
  const { keys } = await store.read();
  if (keys.length === 0)
    throw new UsageError(`${name} holds no keys; give the folder with --dir, or Secrets Manager's names`);
  return keys;
}

function formatKey(key: PublicSigningKey, now: number): string {
  return [key.kid, `${key.iss} (${key.tenants.join(", ")})`, describeState(key, now)].join("  ");
}

function describeState({ activate_at, retire_at }: PublicSigningKey, now: number): string {
  if (retire_at !== null && retire_at <= now) return `ended ${formatTime(retire_at)}`;
  if (activate_at > now) return `signs from ${formatTime(activate_at)}`;
  return retire_at === null ? `signs since ${formatTime(activate_at)}` : `verifies until ${formatTime(retire_at)}`;
}
