import { createHash, createPrivateKey, createPublicKey, type KeyObject, sign, verify } from "node:crypto";

const ed25519 = 1;
const cosignature = 4;
const spkiHead = Buffer.from("302a300506032b6570032100", "hex");
const pkcs8Head = Buffer.from("302e020100300506032b657004220420", "hex");

/** A name and an Ed25519 key that notes are signed with (C2SP signed-note). */
export interface NoteSigner {
  readonly name: string;
  /** 32 bytes. */
  readonly publicKey: Buffer;
  sign(message: Buffer): Promise<Buffer>;
}

/** Returns the private key of 32 random bytes. */
export function keyOfSeed(seed: Buffer): KeyObject {
  return createPrivateKey({ key: Buffer.concat([pkcs8Head, seed]), format: "der", type: "pkcs8" });
}

export function publicBytes(key: KeyObject): Buffer {
  return createPublicKey(key).export({ format: "der", type: "spki" }).subarray(-32);
}

/** A signer whose key is in the memory of the process. */
export function memorySigner(name: string, key: KeyObject): NoteSigner {
  return { name, publicKey: publicBytes(key), sign: (message) => Promise.resolve(sign(null, message, key)) };
}

function keyHash(name: string, type: number, publicKey: Buffer): Buffer {
  return createHash("sha256").update(`${name}\n`).update(Buffer.of(type)).update(publicKey).digest().subarray(0, 4);
}

/** Returns the text that verifiers are given: `<name>+<hash>+<key>`. */
export function verifierKey({ name, publicKey }: Omit<NoteSigner, "sign">, type: "log" | "witness" = "log"): string {
  const code = type === "log" ? ed25519 : cosignature;
  const key = Buffer.concat([Buffer.of(code), publicKey]).toString("base64");
  return `${name}+${keyHash(name, code, publicKey).toString("hex")}+${key}`;
}

/** Returns the text of a checkpoint (C2SP tlog-checkpoint): origin, size and root, a line each. */
export function checkpointText(origin: string, size: number, root: Buffer): string {
  return `${origin}\n${String(size)}\n${root.toString("base64")}\n`;
}

const signatureLine = (name: string, bytes: Buffer): string => `— ${name} ${bytes.toString("base64")}\n`;

/** Returns the text as a signed note. */
export async function signNote(text: string, signer: NoteSigner): Promise<string> {
  const signature = await signer.sign(Buffer.from(text));
  const hash = keyHash(signer.name, ed25519, signer.publicKey);
  return `${text}\n${signatureLine(signer.name, Buffer.concat([hash, signature]))}`;
}

/** Returns a witness's line for a checkpoint (C2SP tlog-cosignature, cosignature/v1). `time` is in seconds since 1970. */
export async function cosign(text: string, signer: NoteSigner, time: number): Promise<string> {
  const signature = await signer.sign(Buffer.from(`cosignature/v1\ntime ${String(time)}\n${text}`));
  const when = Buffer.alloc(8);
  when.writeBigUInt64BE(BigInt(time));
  const hash = keyHash(signer.name, cosignature, signer.publicKey);
  return signatureLine(signer.name, Buffer.concat([hash, when, signature]));
}

/** Returns the text of a note when the signer with this public key signed it, else undefined. */
export function openNote(note: string, { name, publicKey }: Omit<NoteSigner, "sign">): string | undefined {
  const [text, signatures] = note.split(/\n\n(?=— )/);
  if (text === undefined || signatures === undefined) return undefined;
  const hash = keyHash(name, ed25519, publicKey);
  const key = createPublicKey({ key: Buffer.concat([spkiHead, publicKey]), format: "der", type: "spki" });
  for (const line of signatures.split("\n")) {
    const [dash, signed, encoded] = line.split(" ");
    const bytes = Buffer.from(encoded ?? "", "base64");
    if (dash !== "—" || signed !== name || bytes.length !== 68 || !bytes.subarray(0, 4).equals(hash)) continue;
    if (verify(null, Buffer.from(`${text}\n`), key, bytes.subarray(4))) return `${text}\n`;
  }
  return undefined;
}

export interface Checkpoint {
  readonly origin: string;
  readonly size: number;
  readonly root: Buffer;
}

/** Reads the text of a checkpoint. Returns undefined for anything else. */
export function readCheckpoint(text: string): Checkpoint | undefined {
  const [origin, size, root, end, ...more] = text.split("\n");
  if (!origin || size === undefined || !/^(0|[1-9]\d{0,15})$/.test(size) || end !== "" || more.length > 0)
    return undefined;
  const hash = Buffer.from(root ?? "", "base64");
  return hash.length === 32 && hash.toString("base64") === root
    ? { origin, size: Number(size), root: hash }
    : undefined;
}
