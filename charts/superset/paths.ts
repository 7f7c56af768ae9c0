/** Where things lie inside the Superset container; superset/Dockerfile creates what is not a mount. */
export const secretsDir = "/run/homeroom/secrets";
export const stateDir = "/var/lib/superset";
export const dashboardsDir = "/app/content/dashboards";
const databaseCaDir = "/run/homeroom/database-ca";
export const databaseCaFile = `${databaseCaDir}/ca.pem`;
export { databaseCaDir };
