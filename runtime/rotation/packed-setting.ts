import { brotliDecompressSync } from "node:zlib";

/** Returns the text of a setting. A long setting is stored as `br:` and its Brotli compression in base64. */
export function unpackSetting(setting: string): string {
  return setting.startsWith("br:")
    ? brotliDecompressSync(Buffer.from(setting.slice(3), "base64")).toString("utf8")
    : setting;
}
