/** The record of an issuance, a revocation or a refusal (contract/events.schema.json). It never contains the token. */
export interface TokenEvent {
  readonly event: "token.issued" | "token.refused" | "revocation.made" | "revocation.refused";
  readonly time: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly role?: string;
  readonly school_id?: number | string;
  readonly dashboard?: string;
  readonly kid?: string;
  readonly jti?: string;
  readonly exp?: number;
  readonly token_sha256?: string;
  readonly code?: string;
  readonly reason?: string;
  /** The revoked fields of the trust store, such as school:north:42. A user's field is cut to the tenant, because no log line names a person. */
  readonly revoked?: readonly string[];
}

export type Recorder = (event: TokenEvent) => void;

export const eventTime = (seconds: number): string => new Date(seconds * 1000).toISOString();
