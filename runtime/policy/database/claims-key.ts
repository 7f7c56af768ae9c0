import { createHash } from "node:crypto";

export class ClaimsKeyError extends Error {}

const blockBytes = 64;
const shortest = 32;

/**
 * The key that Superset signs claims with and the analytics database verifies them with. The pads are those of
 * HMAC (RFC 2104): PostgreSQL has SHA-256 but no HMAC of its own. Whoever has the pads has the key.
 */
export interface ClaimsKey {
  /** Sixteen hexadecimal digits that name the key without telling it. */
  readonly kid: string;
  readonly innerPad: Buffer;
  readonly outerPad: Buffer;
}

export function readClaimsKey(text: string, source: string): ClaimsKey {
  const secret = text.trim();
  if (!/^[\x21-\x7e]+$/.test(secret) || secret.length < shortest) {
    throw new ClaimsKeyError(
      `${source}: a claims key is one line of at least ${shortest} printable characters; write one with \`openssl rand -base64 48\``,
    );
  }
  const raw = Buffer.from(secret, "ascii");
  const block = Buffer.alloc(blockBytes);
  (raw.length > blockBytes ? createHash("sha256").update(raw).digest() : raw).copy(block);
  return {
    kid: createHash("sha256").update(`homeroom claims key ${secret}`).digest("hex").slice(0, 16),
    innerPad: Buffer.from(block.map((byte) => byte ^ 0x36)),
    outerPad: Buffer.from(block.map((byte) => byte ^ 0x5c)),
  };
}
