import { createHash } from "node:crypto";
import platform from "./platform.json" with { type: "json" };

export type ContentKind = "database" | "dataset" | "dashboard" | "embedded" | "chart";

/**
 * Returns the UUID of a part of the content, derived from its name (RFC 9562, version 5).
 * Superset's side derives the same: superset/src/homeroom_superset/content/identifiers.py.
 */
export function contentId(kind: ContentKind, name: string): string {
  const namespace = Buffer.from(platform.contentNamespace.replaceAll("-", ""), "hex");
  const id = createHash("sha1").update(namespace).update(`${kind}/${name}`).digest().subarray(0, 16);
  id.writeUInt8((id.readUInt8(6) & 0x0f) | 0x50, 6);
  id.writeUInt8((id.readUInt8(8) & 0x3f) | 0x80, 8);
  return id.toString("hex").replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** Returns the UUID under which a dashboard is embedded. */
export const embeddedUuid = (slug: string): string => contentId("embedded", slug);
