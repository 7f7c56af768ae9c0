import { createHash } from "node:crypto";
import { ExpectedError } from "../../../contract/index.ts";

export class ClaimsKeyError extends ExpectedError {}

const blockBytes = 64;
const minSecretLength = 32;

/**
 * The key with which Superset signs claims and the analytics database verifies them. The pads are those of HMAC
 * (RFC 2104), because PostgreSQL has SHA-256 but no HMAC. The pads are as secret as the key.
 */
export interface ClaimsKey {
  /** Sixteen hexadecimal digits that identify the key and reveal nothing about it. */
  readonly kid: string;
  readonly innerPad: Buffer;
  readonly outerPad: Buffer;
}

export function readClaimsKey(text: string, source: string): ClaimsKey {
  const secret = text.trim();
  if (!/^[\x21-\x7e]+$/.test(secret) || secret.length < minSecretLength) {
    throw new ClaimsKeyError(
      `${source}: a claims key is one line of at least ${minSecretLength} printable characters; write one with \`openssl rand -base64 48\``,
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
