import type { KeyObject } from "node:crypto";

/** An entry of the published JWKS; times are seconds since 1970. */
export interface SigningKey {
  kty: "RSA";
  n: string;
  e: string;
  kid: string;
  alg: "RS256";
  use: "sig";
  iss: string;
  tenants: string[];
  activate_at: number;
  retire_at: number | null;
}

/** Where a local signer takes its keys from. */
export interface SigningKeys {
  read(): Promise<{ keys: SigningKey[] }>;
  /** Undefined when the private half is not here. */
  privateKey(kid: string): Promise<KeyObject | undefined>;
}
