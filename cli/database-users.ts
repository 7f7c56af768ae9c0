import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { Command, Option } from "commander";
import { platform } from "../contract/index.ts";
import { DirectorySecretVersions } from "../runtime/adapters/local/directory-secret-versions.ts";
import { PostgresLogins } from "../runtime/adapters/postgres/postgres-logins.ts";
import { type DatabaseUser, databaseUser, databaseUsers } from "../runtime/rotation/database-users/database-user.ts";
import { DatabaseUserRotation } from "../runtime/rotation/database-users/database-user-rotation.ts";
import { parseLoginSecret } from "../runtime/rotation/database-users/login-secret.ts";
import { rotateDatabaseUser } from "../runtime/rotation/database-users/rotate.ts";
import { parseWholeNumber } from "./number-option.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

const stateOption = (): Option => new Option("--state <folder>", "folder of the local platform").default(".homeroom");

export function databaseUsersCommand({ print }: Output): Command {
  const users = new Command("database-users").description("logins of the local platform's databases");
  users
    .command("list")
    .description("show each user and the login of it that is in use")
    .addOption(stateOption())
    .action(async ({ state: folder }: { state: string }) => {
      for (const user of listUsers(folder)) {
        const { username, database } = await readLogin(findSecretFile(folder, user), user);
        print(`${user.name}  ${username}, a login of ${user.role} in ${database}`);
      }
    });
  users
    .command("rotate")
    .description("give the user's other login a new password and put it to use; nothing is interrupted")
    .argument("<name>", `${databaseUsers.map(({ name }) => name).join(", ")}; a tenant's own ends in ".<tenant>"`)
    .addOption(stateOption())
    .option("--port <n>", "port of the local PostgreSQL", parseWholeNumber, 5433)
    .action(async (name: string, options: { state: string; port: number }) => {
      const users = listUsers(options.state);
      const user = users.find((candidate) => candidate.name === name);
      if (user === undefined) {
        throw new UsageError(
          `no database user is called ${name}; users: ${users.map((known) => known.name).join(", ")}`,
        );
      }
      const file = findSecretFile(options.state, user);
      const versions = new DirectorySecretVersions({
        file: () => file,
        history: join(options.state, "secret-versions"),
      });
      const password = join(options.state, "owner-secrets", "postgres-superuser");
      const { database } = await readLogin(file, user);
      const logins = new PostgresLogins({
        user,
        connection: { host: "127.0.0.1", port: options.port, database, ssl: false },
        administrator: async () => ({ username: "postgres", password: await readFile(password, "utf8") }),
      });
      await rotateDatabaseUser(
        new DatabaseUserRotation({ versions, secret: name, user, database: logins }),
        versions,
        name,
      );
      print(`${name}  ${(await readLogin(file, user)).username} is in use`);
    });
  return users;
}

/** Lists the users that every deployment has, and those of tenants with a database of their own. */
function listUsers(folder: string): readonly DatabaseUser[] {
  const mounted = join(folder, "secrets");
  const files = existsSync(mounted) ? readdirSync(mounted).sort() : [];
  const tenantUsers = files.flatMap((name) => databaseUser(name) ?? []).filter(({ tenant }) => tenant !== undefined);
  return [...databaseUsers, ...tenantUsers];
}

async function readLogin(file: string, user: DatabaseUser): Promise<{ username: string; database: string }> {
  const { username, dbname } = parseLoginSecret(await readFile(file, "utf8"), file);
  return { username, database: dbname ?? platform.databases[user.database] };
}

/**
 * Finds a user's secret file: in `secrets`, which Superset's processes read, or in `owner-secrets`. Throws UsageError.
 */
function findSecretFile(folder: string, { name }: DatabaseUser): string {
  const found = ["secrets", "owner-secrets"].map((part) => join(folder, part, name)).find((path) => existsSync(path));
  if (found === undefined) throw new UsageError(`${folder} holds no secret of ${name}; give the folder with --state`);
  return found;
}
