import { Command, Option } from "commander";
import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";
import { forgetRetired, publicationLeadSeconds, revoke, rotate } from "../runtime/tokens/key-rotation.ts";
import type { PublicSigningKey } from "../runtime/tokens/signing-key.ts";
import { wholeNumber } from "./number-option.ts";
import type { Output } from "./program.ts";
import { UsageError } from "./usage-error.ts";

const seconds = (): number => Math.floor(Date.now() / 1000);
const time = (epoch: number): string => new Date(epoch * 1000).toISOString();
const directory = (): Option =>
  new Option("--dir <folder>", "folder with jwks.json and the private keys").default(".homeroom/keys");

export function keysCommand({ print }: Output): Command {
  const keys = new Command("keys").description("signing keys of the issuers");
  keys
    .command("list")
    .description("show every published key and what it is doing")
    .addOption(directory())
    .action(async ({ dir }: { dir: string }) => {
      for (const key of await published(dir)) print(line(key, seconds()));
    });
  keys
    .command("rotate")
    .description(
      "publish the next key of an issuer, or of each; it signs after the lead, and the old one ends by itself",
    )
    .addOption(directory())
    .option("--issuer <url>", "only this issuer")
    .option("--lead-seconds <n>", "time until verifiers have read the new key", wholeNumber, publicationLeadSeconds)
    .addOption(new Option("--bits <n>", "size of the key").choices(["2048", "3072"]).default("2048"))
    .action(async (options: { dir: string; issuer?: string; leadSeconds: number; bits: "2048" | "3072" }) => {
      const store = new DirectoryKeyStore(options.dir);
      const issuers =
        options.issuer === undefined ? (await published(options.dir)).map(({ iss }) => iss) : [options.issuer];
      for (const kid of await forgetRetired(store, seconds())) print(`${kid}  forgotten: ended more than a day ago`);
      for (const issuer of new Set(issuers)) {
        const modulusBits = options.bits === "3072" ? 3072 : 2048;
        print(
          line(
            await rotate(store, { issuer, now: seconds(), leadSeconds: options.leadSeconds, modulusBits }),
            seconds(),
          ),
        );
      }
    });
  keys
    .command("revoke")
    .description("stop a key at once; every token that it signed ends")
    .argument("<kid>", "as `homeroom keys list` shows it")
    .addOption(directory())
    .action(async (kid: string, { dir }: { dir: string }) => {
      const key = await revoke(new DirectoryKeyStore(dir), kid, seconds());
      print(line(key, seconds()));
      const others = (await published(dir)).some(
        (other) => other.iss === key.iss && other.retire_at === null && other.activate_at <= seconds(),
      );
      if (!others) print(`${key.iss} cannot sign now: run homeroom keys rotate --issuer ${key.iss} --lead-seconds 0`);
    });
  return keys;
}

async function published(dir: string): Promise<readonly PublicSigningKey[]> {
  const { keys } = await new DirectoryKeyStore(dir).read();
  if (keys.length === 0) throw new UsageError(`${dir} has no jwks.json with keys; give the folder with --dir`);
  return keys;
}

function line(key: PublicSigningKey, now: number): string {
  return [key.kid, `${key.iss} (${key.tenants.join(", ")})`, state(key, now)].join("  ");
}

function state({ activate_at, retire_at }: PublicSigningKey, now: number): string {
  if (retire_at !== null && retire_at <= now) return `ended ${time(retire_at)}`;
  if (activate_at > now) return `signs from ${time(activate_at)}`;
  return retire_at === null ? `signs since ${time(activate_at)}` : `verifies until ${time(retire_at)}`;
}
