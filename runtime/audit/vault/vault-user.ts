import { platform } from "../../../contract/index.ts";
import type { DatabaseUser } from "../../rotation/database-users/database-user.ts";

/** The only login of the vault's database. */
export const vaultUser: DatabaseUser = {
  name: "audit-vault-user",
  role: platform.roles.auditVault,
  database: "vault",
  ownsSchema: false,
  readOnly: false,
};
