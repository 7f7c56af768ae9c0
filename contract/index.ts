import addons from "./addons.json" with { type: "json" };
import compiledPolicy from "./compiled-policy.json" with { type: "json" };
import eventsSchema from "./events.schema.json" with { type: "json" };
import environment from "./environment.json" with { type: "json" };
import pods from "./pods.json" with { type: "json" };
import platform from "./platform.json" with { type: "json" };
import claimsSchema from "./claims.schema.json" with { type: "json" };

export {
  type Claims,
  claimsOfRoles,
  type Person,
  type Principal,
  type Role,
  roles,
  type Student,
  type Teacher,
  type UnjudgedPerson,
} from "./claims.ts";
export {
  chartFolder,
  chartName,
  chartRepository,
  type Component,
  componentLabels,
  grafanaSecret,
  imageRepository,
  ingressNamespace,
  lokiUrl,
  monitoringNamespace,
  operatorLogTenant,
  type Owner,
  partOf,
  prometheusUrl,
  runbookLabel,
  selectorLabels,
  serviceAccounts,
  storageClass,
  supersetLabels,
  supersetName,
} from "./kubernetes.ts";
export {
  type AuditEventKind,
  type AuditEventName,
  auditEvents,
  type Durability,
  isRetention,
  type Retention,
} from "./audit/audit-events.ts";
export { clientAssertionType } from "./client-assertion.ts";
export { contentId, type ContentKind, embeddedUuid } from "./content-ids.ts";
export { ExpectedError } from "./expected-error.ts";
export { loginsOf, type RoleWithLogins } from "./logins.ts";
export { loggedPath } from "./logged-path.ts";
export { type EnvironmentName, processEnvironment, type ProcessEnvironment } from "./process-environment.ts";
export type { StartValues, SupersetSettings } from "./superset-settings.ts";
export { tokenServiceUser } from "./token-service-user.ts";
export { addons, claimsSchema, compiledPolicy, environment, eventsSchema, platform, pods };
