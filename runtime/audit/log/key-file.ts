import type { KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { ExpectedError } from "../../../contract/index.ts";
import { keyOfSeed } from "./note.ts";

/** Reads an Ed25519 private key from a file with its seed, 32 bytes in base64. Throws ExpectedError. */
export function readSeedFile(file: string): KeyObject {
  const seed = Buffer.from(readFileSync(file, "utf8").trim(), "base64");
  if (seed.length !== 32) throw new ExpectedError(`${file} holds no key; it must be 32 bytes in base64`);
  return keyOfSeed(seed);
}
