import { ExpectedError } from "../../../contract/index.ts";

const mostPayloadBytes = 60 * 1024;
export const mostHeaderBytes = 1024;
const deepest = 16;

/** A value that the audit trail can hash: no floats, no null. */
export type CanonicalValue = string | number | boolean | readonly CanonicalValue[] | CanonicalObject;
export interface CanonicalObject {
  readonly [name: string]: CanonicalValue;
}

/** Says which value cannot be encoded. */
export class NotCanonical extends ExpectedError {
  override readonly name = "NotCanonical";
}

function textOf(text: string): string {
  if (text.includes("\0")) throw new NotCanonical("holds the character U+0000, which PostgreSQL cannot store");
  if (/\p{Surrogate}/u.test(text)) throw new NotCanonical("holds half of a surrogate pair");
  if (text.normalize("NFC") !== text) throw new NotCanonical("holds text that is not in Unicode's form NFC");
  return JSON.stringify(text);
}

function write(value: unknown, depth: number): string {
  if (depth > deepest) throw new NotCanonical(`is nested deeper than ${String(deepest)}`);
  if (typeof value === "string") return textOf(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") {
    if (!Number.isSafeInteger(value) || Object.is(value, -0))
      throw new NotCanonical("holds a number that is not whole or beyond 2^53 - 1");
    return String(value);
  }
  if (Array.isArray(value)) return `[${value.map((item) => write(item, depth + 1)).join(",")}]`;
  if (typeof value !== "object" || value === null)
    throw new NotCanonical(`holds ${value === null ? "null" : typeof value}`);
  const members = Object.entries(value)
    // JavaScript compares texts by UTF-16 code units, as RFC 8785 wants.
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([name, item]) => `${textOf(name)}:${write(item, depth + 1)}`);
  return `{${members.join(",")}}`;
}

/**
 * Returns the canonical bytes of an object: a subset of the JSON Canonicalization Scheme (RFC 8785).
 * Throws NotCanonical for what does not fit; nothing is repaired.
 */
export function encodeCanonical(value: CanonicalObject, mostBytes = mostPayloadBytes): Buffer {
  const bytes = Buffer.from(write(value, 1), "utf8");
  if (bytes.length > mostBytes)
    throw new NotCanonical(`has ${String(bytes.length)} bytes; at most ${String(mostBytes)} are allowed`);
  return bytes;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    throw new NotCanonical("is no JSON in UTF-8");
  }
}

function isObject(value: unknown): value is CanonicalObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Returns the object of canonical bytes. Throws NotCanonical for every other spelling of the same object. */
export function decodeCanonical(bytes: Buffer, mostBytes = mostPayloadBytes): CanonicalObject {
  const value = parse(bytes);
  if (!isObject(value)) throw new NotCanonical("is no object");
  if (!encodeCanonical(value, mostBytes).equals(bytes)) throw new NotCanonical("is not in its canonical form");
  return value;
}
