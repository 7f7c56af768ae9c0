import { Command, CommanderError } from "commander";
import { RotationError } from "../runtime/tokens/key-rotation.ts";
import { ClaimsKeyError } from "../runtime/policy/claims-key.ts";
import { LockError } from "../runtime/policy/database/session.ts";
import { PolicyError } from "../runtime/policy/policy.ts";
import { Refusal } from "../runtime/tokens/refusal.ts";
import { RevocationError } from "../runtime/tokens/revocation.ts";
import { SecretError } from "../runtime/tokens/secret-versions.ts";
import { ServiceConfigError } from "../runtime/tokens/service-config.ts";
import { JwksError } from "../runtime/tokens/signing-key.ts";
import { TrustStoreUnreadable } from "../runtime/tokens/trust-store.ts";
import { DatabaseUserRotationError } from "../runtime/database-users/database-user-rotation.ts";
import { LoginSecretError } from "../runtime/database-users/login-secret.ts";
import { DatabaseUserError } from "../runtime/adapters/postgres/database-user-roles.ts";
import { databaseUsersCommand } from "./database-users.ts";
import { ChartPropsError } from "../charts/superset.ts";
import { ConfigurationError } from "../lib/config/parse.ts";
import { PriceError } from "../lib/cost/price.ts";
import { chartsCommand } from "./charts.ts";
import { configCommand } from "./config.ts";
import { costCommand } from "./cost.ts";
import { imagesCommand } from "./images.ts";
import { keysCommand } from "./keys.ts";
import { MirrorError } from "./mirror.ts";
import { policyCommand } from "./policy.ts";
import { revokeCommand } from "./revoke.ts";
import { tenantCommand } from "./tenant.ts";
import { tokenCommand } from "./token.ts";
import { UsageError } from "./usage-error.ts";

export interface Output {
  readonly print: (line: string) => void;
  readonly fail: (line: string) => void;
}

const terminal: Output = { print: (line) => console.log(line), fail: (line) => console.error(line) };
const expected = [
  ChartPropsError,
  ConfigurationError,
  PriceError,
  DatabaseUserError,
  DatabaseUserRotationError,
  LoginSecretError,
  PolicyError,
  ClaimsKeyError,
  LockError,
  MirrorError,
  RevocationError,
  RotationError,
  SecretError,
  ServiceConfigError,
  TrustStoreUnreadable,
  Refusal,
  JwksError,
  UsageError,
];

// prettier-ignore
const commands = [
  chartsCommand,
  configCommand,
  costCommand,
  databaseUsersCommand,
  imagesCommand,
  keysCommand,
  policyCommand,
  revokeCommand,
  tenantCommand,
  tokenCommand,
];

/** Ends with exit code 0 when all is well, 1 when the answer is no, 2 when the command was written wrongly. */
export async function run(argv: readonly string[], output: Output = terminal): Promise<number> {
  const program = new Command("homeroom")
    .description("Homeroom: configuration, tenants, keys, row policies and tokens of embedded dashboards")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => output.print(text.trimEnd()),
      writeErr: (text) => output.fail(text.trimEnd()),
    });
  for (const command of commands.map((make) => make(output))) {
    inherit(program, command);
    program.addCommand(command);
  }
  const code = await program.parseAsync([...argv]).then(
    () => 0,
    (error: unknown) => {
      if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
      if (!expected.some((kind) => error instanceof kind)) throw error;
      output.fail(error instanceof Error ? error.message : String(error));
      return 1;
    },
  );
  process.exitCode = code;
  return code;
}

function inherit(parent: Command, child: Command): void {
  child.copyInheritedSettings(parent);
  for (const grandchild of child.commands) inherit(child, grandchild);
}
