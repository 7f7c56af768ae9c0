import { RotationError } from "../runtime/tokens/keys/key-rotation.ts";
import { ClaimsKeyError } from "../runtime/policy/database/claims-key.ts";
import { LockError } from "../runtime/policy/database/session.ts";
import { PolicyError } from "../runtime/policy/language/policy.ts";
import { Refusal } from "../runtime/tokens/refusal.ts";
import { RevocationError } from "../runtime/tokens/revocation/revocation.ts";
import { SecretError } from "../runtime/rotation/secret-versions.ts";
import { ServiceConfigError } from "../runtime/tokens/service-config.ts";
import { JwksError } from "../runtime/tokens/keys/signing-key.ts";
import { TrustStoreUnreadable } from "../runtime/tokens/revocation/trust-store.ts";
import { DatabaseUserRotationError } from "../runtime/rotation/database-users/database-user-rotation.ts";
import { LoginSecretError } from "../runtime/rotation/database-users/login-secret.ts";
import { DatabaseUserError } from "../runtime/adapters/postgres/database-user-roles.ts";
import { databaseUsersCommand } from "./database-users.ts";
import { ChartPropsError } from "../charts/superset/superset.ts";
import { ConfigurationError } from "../lib/config/parse.ts";
import { PriceError } from "../lib/cost/price.ts";
import { chartsCommand } from "./charts.ts";
import { configCommand } from "./config.ts";
import { costCommand } from "./cost.ts";
import { execute } from "./execute.ts";
import { imagesCommand } from "./images.ts";
import { keysCommand } from "./keys.ts";
import { MirrorError } from "./mirror.ts";
import type { Output } from "./output.ts";
import { policyCommand } from "./policy.ts";
import { revokeCommand } from "./revoke.ts";
import { tenantCommand } from "./tenant.ts";
import { tokenCommand } from "./token.ts";
import { UsageError } from "./usage-error.ts";

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

/** Runs `homeroom` with these arguments and returns the exit code of execute(). */
export function run(argv: readonly string[], output?: Output): Promise<number> {
  const description = "Homeroom: configuration, tenants, keys, row policies and tokens of embedded dashboards";
  return execute({ description, commands, expected }, argv, output);
}
