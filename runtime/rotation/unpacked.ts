import { brotliDecompressSync } from "node:zlib";

/** The text of a setting, which is `br:` and Brotli in base64 where it is long. */
export function unpacked(setting: string): string {
  return setting.startsWith("br:")
    ? brotliDecompressSync(Buffer.from(setting.slice(3), "base64")).toString("utf8")
    : setting;
}
