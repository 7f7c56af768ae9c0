import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";
import { generateSigningKey } from "../runtime/tokens/signing-key.ts";
import type { LocalSettings } from "./settings.ts";

/** One signing key for each issuer that has none, private half in mode 0600, public half in the JWKS. */
export async function createSigningKeys(folder: string, issuers: LocalSettings["issuers"], now = Date.now()): Promise<void> {
  const store = new DirectoryKeyStore(folder);
  const present = await store.read();
  const missing = issuers.filter(({ issuer }) => !present.keys.some((key) => key.iss === issuer));
  if (missing.length === 0) return;
  // A minute ago: a verifier whose clock is a little behind accepts the first token too.
  const activateAt = Math.floor(now / 1000) - 60;
  await store.add(await Promise.all(missing.map(({ tenant, issuer }) => generateSigningKey({ issuer, tenants: [tenant], activateAt }))));
}
