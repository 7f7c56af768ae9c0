/** Paths inside the Superset container; superset/Dockerfile creates those that are not mounts. */
export const secretsDir = "/run/homeroom/secrets";
export const stateDir = "/var/lib/superset";
export const policyFile = "/app/contract/compiled-policy.json";
export const dashboardsDir = "/app/content/dashboards";
const databaseCaDir = "/run/homeroom/database-ca";
export const databaseCaFile = `${databaseCaDir}/ca.pem`;
export { databaseCaDir };
