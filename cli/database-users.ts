import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { platform } from "../contract/index.ts";
import { DirectorySecretVersions } from "../runtime/adapters/local/directory-secret-versions.ts";
import { PostgresLogins } from "../runtime/adapters/postgres/postgres-logins.ts";
import { type DatabaseUser, databaseUsers } from "../runtime/database-users/database-user.ts";
import { DatabaseUserRotation } from "../runtime/database-users/database-user-rotation.ts";
import { parseLoginSecret } from "../runtime/database-users/login-secret.ts";
import { rotateDatabaseUser } from "../runtime/database-users/rotate.ts";
import { wholeNumber } from "./number-option.ts";
import type { Output } from "./program.ts";
import { UsageError } from "./usage-error.ts";

const names = databaseUsers.map(({ name }) => name);
const state = (): Option => new Option("--state <folder>", "folder of the local platform").default(".homeroom");

export function databaseUsersCommand({ print }: Output): Command {
  const users = new Command("database-users").description("logins of the local platform's databases");
  users
    .command("list")
    .description("show each user and the login of it that is in use")
    .addOption(state())
    .action(async ({ state: folder }: { state: string }) => {
      for (const user of databaseUsers) {
        const file = secretFile(folder, user);
        const { username } = parseLoginSecret(await readFile(file, "utf8"), file);
        print(`${user.name}  ${username}, a login of ${user.role} in ${platform.databases[user.database]}`);
      }
    });
  users
    .command("rotate")
    .description("give the user's other login a new password and put it to use; nothing is interrupted")
    .argument("<name>", names.join(", "))
    .addOption(state())
    .option("--port <n>", "port of the local PostgreSQL", wholeNumber, 5433)
    .action(async (name: string, options: { state: string; port: number }) => {
      const user = databaseUsers.find((candidate) => candidate.name === name);
      if (user === undefined) throw new UsageError(`no database user is called ${name}; users: ${names.join(", ")}`);
      const file = secretFile(options.state, user);
      const versions = new DirectorySecretVersions({
        file: () => file,
        history: join(options.state, "secret-versions"),
      });
      const password = join(options.state, "owner-secrets", "postgres-superuser");
      const database = new PostgresLogins({
        user,
        place: { host: "127.0.0.1", port: options.port, database: platform.databases[user.database], ssl: false },
        administrator: async () => ({ username: "postgres", password: await readFile(password, "utf8") }),
      });
      await rotateDatabaseUser(new DatabaseUserRotation({ versions, secret: name, user, database }), versions, name);
      print(`${name}  ${parseLoginSecret(await readFile(file, "utf8"), file).username} is in use`);
    });
  return users;
}

/** Superset's processes mount `secrets`; what only the platform's owner reads lies in `owner-secrets`. */
function secretFile(folder: string, { name }: DatabaseUser): string {
  const found = ["secrets", "owner-secrets"].map((part) => join(folder, part, name)).find((path) => existsSync(path));
  if (found === undefined) throw new UsageError(`${folder} holds no secret of ${name}; give the folder with --state`);
  return found;
}
