import { randomBytes } from "node:crypto";
import { type CanonicalObject, encodeCanonical } from "../../../runtime/audit/event/canonical-json.ts";
import { type AuditHeader, encodeHeader } from "../../../runtime/audit/event/header.ts";
import { firstPrev, leafHash, type LeafParts } from "../../../runtime/audit/event/leaf.ts";

export interface TestChain {
  readonly writer: string;
  readonly epoch: number;
  /** Makes the next event of the chain. */
  next(payload?: CanonicalObject, header?: Partial<AuditHeader>): LeafParts;
}

/** Returns a maker of linked events, as a writer makes them. */
export function testChain(writer = "web-1", epoch = Date.now() * 1000): TestChain {
  let seq = 0;
  let prev = firstPrev;
  return {
    writer,
    epoch,
    next(payload = {}, header = {}) {
      const parts: LeafParts = {
        header: encodeHeader({
          v: 1,
          origin: "homeroom/test/shared",
          writer,
          epoch,
          seq,
          ts: epoch + seq,
          class: 6001,
          activity: 2,
          status: 1,
          retention: "r1",
          prev,
          ...header,
        }),
        salt: randomBytes(32),
        payload: encodeCanonical({ id: `${writer}-${String(seq)}`, name: "page.viewed", ...payload }),
      };
      seq += 1;
      prev = leafHash(parts).toString("hex");
      return parts;
    },
  };
}
