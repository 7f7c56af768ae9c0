export { type Bundle, readBundle, verifyBundle } from "./bundle.ts";
export { openCheckpoint, readVerifierKey, type VerifierKey } from "./checkpoint.ts";
export { type AuditDatabase, type StoredRow, verifyDatabase } from "./database.ts";
export { exitCode, type Finding, type FindingCode, findings, type Verdict } from "./finding.ts";
export { type Progress, verifyLog } from "./log.ts";
export { logAt, type ReadObject } from "./log-files.ts";
export type { Trust } from "./trust.ts";
