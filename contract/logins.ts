/** A role of PostgreSQL; `tenant` when its logins open the database of that tenant alone. */
export interface RoleWithLogins {
  readonly role: string;
  readonly tenant?: string;
}

/**
 * The two logins that become the role. Logins belong to a server, not to a database: a tenant's carry its id, so that
 * its database may stand beside others. A tenant's id has no underscore, so no two tenants get the same names.
 */
export function loginsOf({ role, tenant }: RoleWithLogins): readonly [string, string] {
  const owner = tenant === undefined ? "" : `_${tenant.replaceAll("-", "_")}`;
  return [`${role}${owner}_a`, `${role}${owner}_b`];
}
