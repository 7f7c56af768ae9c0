import { Refusal } from "../refusal.ts";
import { RevocationError } from "./revocation.ts";
import { TrustStoreUnreadable } from "./trust-store.ts";

/** Returns the refusal that answers an expected error; undefined for a fault of the service. */
export function refusalOf(error: unknown): Refusal | undefined {
  if (error instanceof Refusal) return error;
  if (error instanceof RevocationError) return new Refusal(400, "revocation", error.message);
  if (error instanceof TrustStoreUnreadable) {
    return new Refusal(503, "trust_store", "the trust store does not answer; try again in a few seconds");
  }
  return undefined;
}
