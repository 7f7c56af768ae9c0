import type { AnalyticsDatabase } from "../config/schema/analytics-database.ts";
import type { RotatedDatabase } from "./database-user-rotation.ts";
import type { Postgres } from "./postgres.ts";

/** A database that we provision; RDS keeps the secret of its administrator. */
export function provisionedDatabase(database: Postgres, keyArn: string, name: string): RotatedDatabase {
  return {
    host: database.instance.dbInstanceEndpointAddress,
    port: 5432,
    name,
    securityGroupId: database.securityGroup.securityGroupId,
    admin: { secretArn: database.masterSecretArn, keyArn },
  };
}

/** A database of the operator's product; undefined when the operator rotates its logins. */
export function productDatabase(database: AnalyticsDatabase): RotatedDatabase | undefined {
  const { administrator, access, host, port, name, caPem } = database;
  if (administrator === undefined || access.mode !== "security-group") return undefined;
  const { securityGroupId } = access;
  return { host, port, name, securityGroupId, admin: administrator, ...(caPem !== undefined && { caPem }) };
}
