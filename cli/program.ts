import { auditCommand } from "./audit.ts";
import { databaseUsersCommand } from "./database-users.ts";
import { chartsCommand } from "./charts.ts";
import { configCommand } from "./config.ts";
import { costCommand } from "./cost.ts";
import { execute } from "./execute.ts";
import { imagesCommand } from "./images.ts";
import { keysCommand } from "./keys.ts";
import type { Output } from "./output.ts";
import { policyCommand } from "./policy.ts";
import { revokeCommand } from "./revoke.ts";
import { tenantCommand } from "./tenant.ts";
import { tokenCommand } from "./token.ts";

// prettier-ignore
const commands = [
  auditCommand,
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
  return execute({ description, commands }, argv, output);
}
