import { Command } from "commander";
import { platform } from "../contract/index.ts";
import { fieldOf, type Revocation } from "../runtime/tokens/revocation/revocation.ts";
import { parseKey } from "./number-option.ts";
import type { Output } from "./output.ts";
import { configOption, withTrustStore } from "./trust-store.ts";
import { UsageError } from "./usage-error.ts";

const now = (): number => Math.floor(Date.now() / 1000);
const formatTime = (epoch: number): string => new Date(epoch * 1000).toISOString();

/**
 * Returns the time from which every worker refuses: a worker may use a snapshot read just before for `staleSeconds`.
 */
const effectiveTime = (): string => formatTime(Math.ceil(Date.now() / 1000) + platform.trustStore.staleSeconds);

type TargetAction = (revocation: Revocation, options: { config: string }) => Promise<void>;

export function revokeCommand({ print }: Output): Command {
  const revoke = new Command("revoke").description(
    `end tokens at once: every worker refuses them within ${platform.trustStore.staleSeconds} s, and everybody else goes on`,
  );
  addTargets(revoke, "end", async (revocation, { config }) => {
    const at = now();
    await withTrustStore(config, (store) => store.revoke([revocation], at));
    const later =
      revocation.kind === "jti" || revocation.kind === "kid" ? "for good" : `of tokens until ${formatTime(at)}`;
    print(`${fieldOf(revocation)}  revoked ${later}; effective by ${effectiveTime()}`);
  });
  revoke
    .command("list")
    .description("show what is revoked")
    .addOption(configOption())
    .action(async ({ config }: { config: string }) => {
      const { minIssuedAt, entries } = await withTrustStore(config, (store) => store.list());
      print(
        minIssuedAt === undefined
          ? "no verifier has read this list yet"
          : `tokens issued before ${formatTime(minIssuedAt)} are refused: the list began then`,
      );
      for (const { revocation, at } of entries) print(`${fieldOf(revocation)}  since ${formatTime(at)}`);
      if (entries.length === 0) print("nothing is revoked");
    });
  const lift = revoke.command("lift").description("take a revocation back; tokens that still live are good again");
  addTargets(lift, "accept again", async (revocation, { config }) => {
    const lifted = await withTrustStore(config, (store) => store.lift(revocation));
    const field = fieldOf(revocation);
    if (!lifted) throw new UsageError(`${field} is not revoked; homeroom revoke list shows what is`);
    print(`${field}  lifted; effective by ${effectiveTime()}`);
  });
  return revoke;
}

function addTargets(parent: Command, verb: string, act: TargetAction): void {
  const target = (name: string, what: string): Command =>
    parent.command(name).description(`${verb} ${what}`).addOption(configOption());
  target("jti", "one token")
    .argument("<jti>", "jti of the token")
    .action((jti: string, options: { config: string }) => act({ kind: "jti", jti }, options));
  target("user", "the tokens of a person")
    .argument("<tenant>", "tenant of the person")
    .argument("<user_id>", "user_id of the tokens", parseKey)
    .action((tenant: string, user_id: number | string, options: { config: string }) =>
      act({ kind: "user", tenant, user_id }, options),
    );
  target("school", "the tokens of a school")
    .argument("<tenant>", "tenant of the school")
    .argument("<school_id>", "school_id of the tokens", parseKey)
    .action((tenant: string, school_id: number | string, options: { config: string }) =>
      act({ kind: "school", tenant, school_id }, options),
    );
  target("tenant", "the tokens of a tenant")
    .argument("<tenant>", "tenant of the tokens")
    .action((tenant: string, options: { config: string }) => act({ kind: "tenant", tenant }, options));
  target("kid", "what a key signed; homeroom keys revoke also stops its signing")
    .argument("<kid>", "as homeroom keys list shows it")
    .action((kid: string, options: { config: string }) => act({ kind: "kid", kid }, options));
}
