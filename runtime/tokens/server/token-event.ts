import type { TokenRequest } from "../minting/token-request.ts";

/** What is kept of an issuance, a revocation or a refusal: contract/events.schema.json. The token itself never is. */
export interface TokenEvent {
  readonly event: "token.issued" | "token.refused" | "revocation.made" | "revocation.refused";
  readonly time: string;
  readonly client?: string;
  readonly tenant?: string;
  readonly role?: string;
  readonly school_id?: number;
  readonly dashboard?: string;
  readonly kid?: string;
  readonly jti?: string;
  readonly exp?: number;
  readonly token_sha256?: string;
  readonly code?: string;
  readonly reason?: string;
  /** Fields of the trust store, such as school:north:42; of a user the tenant alone, for no line names a person. */
  readonly revoked?: readonly string[];
}

export type Recorder = (event: TokenEvent) => void;

export const eventTime = (seconds: number): string => new Date(seconds * 1000).toISOString();

export function askedFor({ tenant, dashboard, person }: TokenRequest): Partial<TokenEvent> {
  return { tenant, role: person.role, school_id: person.school_id, dashboard };
}
