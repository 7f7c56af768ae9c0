import type { KeyObject } from "node:crypto";

/** An entry of the published JWKS; times are seconds since 1970. */
export interface SigningKey {
  /** Key type, RFC 7517. */
  kty: "RSA";
  /** Modulus in base64url, at least 2048 bits. */
  n: string;
  /** Public exponent in base64url. */
  e: string;
  /** Name of the key: 8 to 128 characters. */
  kid: string;
  /** The only algorithm that is signed with. */
  alg: "RS256";
  /** The key signs and does nothing else. */
  use: "sig";
  /** Issuer whose key this is, an https URL. */
  iss: string;
  /** Tenants that the key may sign for. */
  tenants: string[];
  /** The time from which the key signs. */
  activate_at: number;
  /** The time from which its signatures are refused; null while no end is set. */
  retire_at: number | null;
}

/** Where a local signer takes its keys from. */
export interface SigningKeys {
  /** The published keys of the issuer; an empty list when there are none yet. */
  read(): Promise<{ keys: SigningKey[] }>;
  /** The private half of a key; undefined when it is not here. */
  privateKey(kid: string): Promise<KeyObject | undefined>;
}
