/** The archive's copy by names alone: a token of another region would be resolved across it. */
export interface AuditCopy {
  readonly region: string;
  readonly bucketName: string;
  readonly keyAlias: string;
}
