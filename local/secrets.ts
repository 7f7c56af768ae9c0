import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loginsOf, platform, tokenServiceUser } from "../contract/index.ts";
import { type DatabaseUser, databaseUsers, readerOf } from "../runtime/rotation/database-users/database-user.ts";
import { type LoginSecret, newPassword, parseLoginSecret } from "../runtime/rotation/database-users/login-secret.ts";
import type { OwnDatabase } from "./settings.ts";
import type { State } from "./state.ts";

const OWNER_SECRETS = ["postgres-superuser", "schools-owner"] as const;
export type OwnerSecret = (typeof OWNER_SECRETS)[number];
export type PlatformSecret = keyof typeof platform.secretFiles;

/** Random passwords as files of mode 0600: written once, never printed, never passed as an argument. */
export class Secrets {
  constructor(private readonly state: State) {}

  create(own: readonly OwnDatabase[]): void {
    const login = (user: DatabaseUser, dbname: string): void => {
      const [username] = loginsOf(user);
      writeOnce(this.loginFile(user), () => JSON.stringify({ username, password: newPassword(), dbname }));
    };
    for (const user of databaseUsers) login(user, platform.databases[user.database]);
    for (const { tenant, database } of own) login(readerOf(tenant), database);
    for (const name of Object.values(platform.secretFiles)) writeOnce(join(this.state.secrets, name), newPassword);
    writeOnce(this.tokenServicePasswordFile, newPassword);
    for (const name of OWNER_SECRETS) writeOnce(join(this.state.ownerSecrets, name), newPassword);
  }

  /** Superset's processes read their own logins alone. */
  loginFile({ name }: DatabaseUser): string {
    const mounted = Object.values<string>(platform.secretFiles).includes(name.split(".")[0] ?? "");
    return join(mounted ? this.state.secrets : this.state.ownerSecrets, name);
  }

  get tokenServicePasswordFile(): string {
    return join(this.state.tokens, tokenServiceUser.passwordFile);
  }

  login(user: DatabaseUser): LoginSecret {
    const file = this.loginFile(user);
    return parseLoginSecret(readFileSync(file, "utf8"), file);
  }

  platform(name: PlatformSecret): string {
    return readFileSync(join(this.state.secrets, platform.secretFiles[name]), "utf8");
  }

  owner(name: OwnerSecret): string {
    return readFileSync(join(this.state.ownerSecrets, name), "utf8");
  }
}

function writeOnce(path: string, value: () => string): void {
  if (existsSync(path)) return;
  // Renamed when complete: a start that is killed here leaves no half secret.
  writeFileSync(`${path}.new`, value(), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
