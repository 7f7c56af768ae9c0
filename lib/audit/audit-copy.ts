/**
 * The names of the archive's copy. A token of another region would be resolved across it, so names alone are handed
 * over.
 */
export interface AuditCopy {
  readonly region: string;
  readonly bucketName: string;
  readonly keyAlias: string;
}
