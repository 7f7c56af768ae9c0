import { z } from "zod";
import { platform, type RoleWithLogins } from "../../../contract/index.ts";

/** One NOLOGIN role that owns and is granted everything, and two logins that do nothing but become it. */
export interface DatabaseUser extends RoleWithLogins {
  /** Of its mounted file. */
  readonly name: string;
  readonly database: keyof typeof platform.databases;
  /** May create in schema public, as a program that migrates its own tables does. */
  readonly ownsSchema: boolean;
  readonly readOnly: boolean;
}

const databases = z.enum(["metadata", "audit", "schools"]);

/** Those that every deployment has. */
export const databaseUsers: readonly DatabaseUser[] = Object.entries(platform.databaseUsers).map(([name, user]) => ({
  ...user,
  name,
  database: databases.parse(user.database),
}));

/** By the name of its file, which ends in the tenant where a tenant has the user in a database of its own. */
export function databaseUser(name: string): DatabaseUser | undefined {
  const [kind, tenant, ...rest] = name.split(".");
  const user = databaseUsers.find((candidate) => candidate.name === kind);
  if (tenant === undefined) return user;
  if (user?.database !== "schools" || rest.length > 0 || !/^[a-z][a-z0-9-]{0,30}$/.test(tenant)) return undefined;
  return { ...user, name, tenant };
}

/** Reads the rows of a tenant that has a database of its own. */
export function readerOf(tenant: string): DatabaseUser {
  const reader = databaseUser(`${platform.secretFiles.analyticsReaderUser}.${tenant}`);
  if (reader === undefined) throw new Error(`tenant ${tenant}: is no id; write lower-case letters, digits and hyphens`);
  return reader;
}
