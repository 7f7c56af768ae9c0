import { createHash } from "node:crypto";

const entryPrefix = Buffer.of(0);
const commitmentPrefix = Buffer.of(2);

/** The `prev` of the first event of a chain. */
export const firstPrev = "0".repeat(64);

/** One event as bytes. The log hashes the header and a commitment to salt and payload, which can go later. */
export interface LeafParts {
  readonly header: Buffer;
  /** 32 random bytes, so that nobody can guess a payload from its commitment. */
  readonly salt: Buffer;
  readonly payload: Buffer;
}

/** Returns SHA-256(0x02 ‖ salt ‖ payload). */
export function commitmentOf({ salt, payload }: Omit<LeafParts, "header">): Buffer {
  return createHash("sha256").update(commitmentPrefix).update(salt).update(payload).digest();
}

/** Returns the leaf hash of RFC 6962, section 2.1, of header ‖ commitment: 32 bytes. */
export function leafHash(parts: LeafParts): Buffer {
  return createHash("sha256").update(entryPrefix).update(parts.header).update(commitmentOf(parts)).digest();
}

/** Returns the event's line of the spool, without the newline. */
export function spoolLine({ header, salt, payload }: LeafParts): string {
  return [header, salt, payload].map((part) => part.toString("base64url")).join(".");
}

/** Returns the parts of a line of the spool, or undefined when the line is none. */
export function readSpoolLine(line: string): LeafParts | undefined {
  const [header, salt, payload, ...more] = line.split(".").map((part) => Buffer.from(part, "base64url"));
  if (!header || !salt || !payload || more.length > 0 || salt.length !== 32) return undefined;
  const parts = { header, salt, payload };
  return spoolLine(parts) === line ? parts : undefined;
}
