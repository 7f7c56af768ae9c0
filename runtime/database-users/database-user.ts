import { z } from "zod";
import { platform } from "../../contract/index.ts";

/** One NOLOGIN role that owns and is granted everything, and two logins that do nothing but become it. */
export interface DatabaseUser {
  /** Of its secret: a mounted file, and the end of the name in Secrets Manager. */
  readonly name: string;
  readonly role: string;
  readonly database: keyof typeof platform.databases;
  /** May create in schema public, as a program that migrates its own tables does. */
  readonly ownsSchema: boolean;
  readonly readOnly: boolean;
}

const databases = z.enum(["metadata", "audit", "schools"]);

export const databaseUsers: readonly DatabaseUser[] = Object.entries(platform.databaseUsers).map(([name, user]) => ({
  ...user,
  name,
  database: databases.parse(user.database),
}));

export function loginsOf({ role }: Pick<DatabaseUser, "role">): readonly string[] {
  return platform.loginSuffixes.map((suffix) => `${role}${suffix}`);
}
