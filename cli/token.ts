import { Command, Option } from "commander";
import { platform, type Role, roles } from "../contract/index.ts";
import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";
import { mintToken } from "../runtime/tokens/minting/mint.ts";
import { addClaimOptions, type ClaimOptions, claimsFrom } from "./claim-option.ts";
import { parseKey, parseWholeNumber } from "./number-option.ts";
import type { Output } from "./output.ts";

interface MintOptions extends ClaimOptions {
  readonly dir: string;
  readonly tenant: string;
  readonly dashboard: string;
  readonly role: Role;
  readonly school: number | string;
  readonly user: number | string;
  readonly lifetime: number;
  readonly audience: string;
}

export function tokenCommand({ print }: Output): Command {
  const token = new Command("token").description("tokens for trying things out on this machine");
  const mint = token
    .command("mint")
    .description("sign a token with a local key and print it")
    .option("--dir <folder>", "folder with jwks.json and the private keys", ".homeroom/keys")
    .requiredOption("--tenant <tenant>", "tenant of the school")
    .requiredOption("--dashboard <slug>", "the dashboard that the token opens")
    .addOption(new Option("--role <role>", "role of the person").choices(roles).makeOptionMandatory())
    .requiredOption("--school <id>", "school of the person", parseKey)
    .option("--user <id>", "user_id of the person", parseKey, 1)
    .option("--lifetime <seconds>", "an hour at most", parseWholeNumber, platform.limits.tokenMaxAgeSeconds)
    .option("--audience <name>", "aud of the token", "homeroom")
    .action(async (options: MintOptions) => {
      const name = `${options.role}-${options.user}`;
      const minted = await mintToken(
        {
          person: {
            user_id: options.user,
            username: name,
            email: `${name}@${options.tenant}.example`,
            first_name: name,
            last_name: "",
            role: options.role,
            school_id: options.school,
            ...claimsFrom(options.role, options),
          },
          tenant: options.tenant,
          dashboard: options.dashboard,
          lifetime: options.lifetime,
        },
        { keys: new DirectoryKeyStore(options.dir), audience: options.audience, now: Math.floor(Date.now() / 1000) },
      );
      print(minted.token);
    });
  addClaimOptions(mint);
  return token;
}
