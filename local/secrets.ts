import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loginsOf, platform, tokenServiceUser } from "../contract/index.ts";
import { type DatabaseUser, databaseUsers, readerOf } from "../runtime/rotation/database-users/database-user.ts";
import { type LoginSecret, newPassword, parseLoginSecret } from "../runtime/rotation/database-users/login-secret.ts";
import { vaultUser } from "../runtime/audit/vault/vault-user.ts";
import type { TenantDatabase } from "./settings.ts";
import type { State } from "./state.ts";

const ownerSecretNames = ["postgres-superuser", "schools-owner"] as const;
export type OwnerSecretName = (typeof ownerSecretNames)[number];
export type MountedSecretName = keyof typeof platform.secretFiles;

/**
 * The secrets of a start: random passwords in files of mode 0600, written once, never printed or passed as an argument.
 */
export class Secrets {
  readonly #state: State;

  constructor(state: State) {
    this.#state = state;
  }

  create(own: readonly TenantDatabase[]): void {
    const login = (user: DatabaseUser, dbname: string): void => {
      const [username] = loginsOf(user);
      writeOnce(this.loginFile(user), () => JSON.stringify({ username, password: newPassword(), dbname }));
    };
    for (const user of [...databaseUsers, vaultUser]) login(user, platform.databases[user.database]);
    for (const { tenant, database } of own) login(readerOf(tenant), database);
    for (const name of Object.values(platform.secretFiles)) writeOnce(join(this.#state.secrets, name), newPassword);
    writeOnce(this.tokenServicePasswordFile, newPassword);
    for (const name of ownerSecretNames) writeOnce(join(this.#state.ownerSecrets, name), newPassword);
  }

  /** Returns the path of a user's login. Only logins that Superset uses are in the folder that its processes read. */
  loginFile({ name }: DatabaseUser): string {
    const mounted = Object.values<string>(platform.secretFiles).includes(name.split(".")[0] ?? "");
    return join(mounted ? this.#state.secrets : this.#state.ownerSecrets, name);
  }

  get tokenServicePasswordFile(): string {
    return join(this.#state.tokens, tokenServiceUser.passwordFile);
  }

  login(user: DatabaseUser): LoginSecret {
    const file = this.loginFile(user);
    return parseLoginSecret(readFileSync(file, "utf8"), file);
  }

  mountedSecret(name: MountedSecretName): string {
    return readFileSync(join(this.#state.secrets, platform.secretFiles[name]), "utf8");
  }

  ownerSecret(name: OwnerSecretName): string {
    return readFileSync(join(this.#state.ownerSecrets, name), "utf8");
  }
}

/** Writes a file of mode 0600, unless it is there. */
export function writeOnce(path: string, value: () => string): void {
  if (existsSync(path)) return;
  // The file is renamed when it is complete, so that an interrupted start leaves no partial secret.
  writeFileSync(`${path}.new`, value(), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
