import { z } from "zod";
import { decodeCanonical, encodeCanonical, mostHeaderBytes, NotCanonical } from "./canonical-json.ts";

const headerSchema = z.strictObject({
  v: z.literal(1),
  /** The name of the log. */
  origin: z.string().regex(/^[a-z0-9][a-z0-9./-]{0,99}$/),
  /** The process that wrote the event. A chain is one writer and one epoch. */
  writer: z.string().regex(/^[a-z0-9][a-z0-9._-]{0,62}$/),
  /** When the writer started, in microseconds since 1970. */
  epoch: z.int().positive(),
  /** Counts the events of a chain from 0. */
  seq: z.int().nonnegative(),
  /** Microseconds since 1970. */
  ts: z.int().positive(),
  class: z.int().nonnegative(),
  activity: z.int().nonnegative(),
  /** 1 for success, 2 for failure. */
  status: z.union([z.literal(1), z.literal(2)]),
  retention: z.enum(["r1", "h6", "e7", "raw"]),
  /** The leaf hash of the event before, in hex. */
  prev: z.string().regex(/^[0-9a-f]{64}$/),
});

/** The part of an event that stays when its payload is destroyed. */
export type AuditHeader = z.output<typeof headerSchema>;

/** Returns a header's canonical bytes. */
export function encodeHeader(header: AuditHeader): Buffer {
  return encodeCanonical({ ...header }, mostHeaderBytes);
}

/** Reads a header from its bytes. Throws NotCanonical. */
export function decodeHeader(bytes: Buffer): AuditHeader {
  const read = headerSchema.safeParse(decodeCanonical(bytes, mostHeaderBytes));
  if (!read.success)
    throw new NotCanonical(
      `is no header: ${read.error.issues.map((issue) => `${issue.path.join(".")} ${issue.message}`).join("; ")}`,
    );
  return read.data;
}
