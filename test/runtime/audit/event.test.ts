import { describe, expect, it } from "@jest/globals";
import canonical from "../../../contract/audit/vectors/canonical.json" with { type: "json" };
import chain from "../../../contract/audit/vectors/chain.json" with { type: "json" };
import {
  type CanonicalObject,
  decodeCanonical,
  encodeCanonical,
  NotCanonical,
} from "../../../runtime/audit/event/canonical-json.ts";
import { decodeHeader, encodeHeader } from "../../../runtime/audit/event/header.ts";
import { commitmentOf, firstPrev, leafHash, readSpoolLine, spoolLine } from "../../../runtime/audit/event/leaf.ts";

const bytes = (hex: string) => Buffer.from(hex, "hex");

describe("canonical JSON", () => {
  for (const vector of canonical.accepted) {
    it(`of ${vector.name} is that of the vector`, () => {
      const value = vector.value as CanonicalObject;
      expect(encodeCanonical(value).toString("hex")).toBe(vector.canonical);
      expect(decodeCanonical(bytes(vector.canonical))).toEqual(value);
    });
  }

  for (const vector of canonical.refused) {
    it(`refuses ${vector.name}`, () => {
      expect(() => decodeCanonical(bytes(vector.bytes))).toThrow(NotCanonical);
    });
  }

  it("refuses more than 60 KiB", () => {
    expect(encodeCanonical({ t: "a".repeat(60 * 1024 - 8) }).length).toBe(60 * 1024);
    expect(() => encodeCanonical({ t: "a".repeat(60 * 1024 - 7) })).toThrow(NotCanonical);
  });
});

describe("a leaf", () => {
  it("has the commitment, the hash and the line of the vectors, and follows the one before", () => {
    let prev = firstPrev;
    for (const event of chain.events) {
      const parts = { header: bytes(event.header), salt: bytes(event.salt), payload: bytes(event.payload) };
      expect(commitmentOf(parts).toString("hex")).toBe(event.commitment);
      expect(leafHash(parts).toString("hex")).toBe(event.leaf);
      expect(spoolLine(parts)).toBe(event.line);
      expect(readSpoolLine(event.line)).toEqual(parts);
      const header = decodeHeader(parts.header);
      expect(encodeHeader(header)).toEqual(parts.header);
      expect(header.prev).toBe(prev);
      prev = event.leaf;
    }
  });

  it("is not read from a line of another form", () => {
    const line = chain.events[0]?.line ?? "";
    for (const odd of [
      "",
      "a.b",
      `${line}.AA`,
      `${line}=`,
      ` ${line}`,
      line.slice(0, -1) + "+",
      line.replace(".", ".."),
    ])
      expect(readSpoolLine(odd)).toBeUndefined();
  });

  it("has a header with known members alone", () => {
    const header = decodeHeader(bytes(chain.events[0]?.header ?? ""));
    for (const odd of [
      { ...header, more: 1 },
      { ...header, status: 3 },
      { ...header, prev: "00" },
      { ...header, writer: "A" },
    ])
      expect(() => decodeHeader(encodeCanonical(odd))).toThrow("is no header");
  });
});
