import { createHash, createPublicKey, type KeyObject, verify } from "node:crypto";

const signatureTypes = { log: 1, witness: 4 } as const;
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");

/** A public key that an auditor was given: `<name>+<hash>+<key>` (C2SP signed-note). */
export interface VerifierKey {
  readonly name: string;
  readonly hash: Buffer;
  readonly type: keyof typeof signatureTypes;
  readonly key: KeyObject;
}

/** Reads a verifier key. Throws an Error that says what is wrong with it. */
export function readVerifierKey(text: string): VerifierKey {
  const [, name, hash, encoded] = /^([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)$/.exec(text.trim()) ?? [];
  const bytes = Buffer.from(encoded ?? "", "base64");
  const type = Object.entries(signatureTypes).find(([, code]) => code === bytes[0])?.[0];
  if (name === undefined || hash === undefined || bytes.length !== 33 || (type !== "log" && type !== "witness"))
    throw new Error(`${text.slice(0, 80)} is no verifier key; it is <name>+<8 hex digits>+<base64 of 33 bytes>`);
  const expected = createHash("sha256").update(`${name}\n`).update(bytes).digest("hex").slice(0, 8);
  if (expected !== hash) throw new Error(`the verifier key of ${name} was altered: its hash should be ${expected}`);
  const key = createPublicKey({ key: Buffer.concat([spkiHead, bytes.subarray(1)]), format: "der", type: "spki" });
  return { name, hash: Buffer.from(hash, "hex"), type, key };
}

export interface OpenedCheckpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
  /** When witnesses cosigned it, by their names, in seconds since 1970. */
  readonly witnessed: ReadonlyMap<string, number>;
}

/** Opens a checkpoint. Returns undefined when no log key of these signed it, or it is no checkpoint. */
export function openCheckpoint(note: string, keys: readonly VerifierKey[]): OpenedCheckpoint | undefined {
  const end = note.indexOf("\n\n— ");
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const signatures = note
    .slice(end + 2)
    .split("\n")
    .map((line) => /^— (\S+) (\S+)$/.exec(line))
    .flatMap((found) =>
      found === null ? [] : [{ name: found[1] ?? "", bytes: Buffer.from(found[2] ?? "", "base64") }],
    );
  let signed = false;
  const witnessed = new Map<string, number>();
  for (const { name, bytes } of signatures) {
    const key = keys.find((candidate) => candidate.name === name && candidate.hash.equals(bytes.subarray(0, 4)));
    if (key?.type === "log") signed ||= verify(null, Buffer.from(text), key.key, bytes.subarray(4));
    if (key?.type !== "witness" || bytes.length !== 76) continue;
    const time = Number(bytes.readBigUInt64BE(4));
    const message = Buffer.from(`cosignature/v1\ntime ${String(time)}\n${text}`);
    if (verify(null, message, key.key, bytes.subarray(12))) witnessed.set(name, time);
  }
  const [origin, size, root, last] = text.split("\n");
  const hash = Buffer.from(root ?? "", "base64");
  if (!signed || !origin || !/^(0|[1-9]\d{0,15})$/.test(size ?? "") || hash.length !== 32 || last !== "")
    return undefined;
  return { origin, size: Number(size), root: hash, witnessed };
}
