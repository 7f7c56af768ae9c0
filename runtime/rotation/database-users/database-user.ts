import { z } from "zod";
import { platform, type RoleWithLogins } from "../../../contract/index.ts";

/** A NOLOGIN role that holds all rights, and two logins whose only right is to act as that role. */
export interface DatabaseUser extends RoleWithLogins {
  /** Name of the user's secret file. */
  readonly name: string;
  readonly database: keyof typeof platform.databases;
  /** Whether the role may create objects in schema public, which a program that migrates its tables needs. */
  readonly ownsSchema: boolean;
  readonly readOnly: boolean;
}

const databases = z.enum(["metadata", "audit", "schools"]);

/** The users that every deployment has. */
export const databaseUsers: readonly DatabaseUser[] = Object.entries(platform.databaseUsers).map(([name, user]) => ({
  ...user,
  name,
  database: databases.parse(user.database),
}));

/**
 * Finds a user by the name of its secret file; undefined when there is none. The name of a user in a tenant's own
 * database ends in the tenant: `analytics-reader.south`.
 */
export function databaseUser(name: string): DatabaseUser | undefined {
  const [kind, tenant, ...rest] = name.split(".");
  const user = databaseUsers.find((candidate) => candidate.name === kind);
  if (tenant === undefined) return user;
  if (user?.database !== "schools" || rest.length > 0 || !/^[a-z][a-z0-9-]{0,30}$/.test(tenant)) return undefined;
  return { ...user, name, tenant };
}

/** Returns the user that reads the rows of a tenant with a database of its own. */
export function readerOf(tenant: string): DatabaseUser {
  const reader = databaseUser(`${platform.secretFiles.analyticsReaderUser}.${tenant}`);
  if (reader === undefined) throw new Error(`tenant ${tenant}: is no id; write lower-case letters, digits and hyphens`);
  return reader;
}
