import { RevocationError } from "../revocation/revocation.ts";
import { TrustStoreUnreadable } from "../revocation/trust-store.ts";

/** An answer that says no: `code` for programs, the message for the person who has to fix it. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.name = "Refusal";
    this.status = status;
    this.code = code;
  }
}

/** The answer that an expected error amounts to; undefined for a fault of ours. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof RevocationError) return new Refusal(400, "revocation", error.message);
  if (error instanceof TrustStoreUnreadable) {
    return new Refusal(503, "trust_store", "the trust store does not answer; try again in a few seconds");
  }
  return undefined;
}
