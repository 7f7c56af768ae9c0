import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { embedOrigin } from "../../../../runtime/tokens/minting/embed-url.ts";

const origins = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `https://analytics${index + 1}.example`);
const pairs = Array.from({ length: 600 }, (_, index) => [`tenant-${index}`, "student-progress"] as const);

describe("embed host", () => {
  it("stays the same whatever the order, the scheme or the port of the origins", () => {
    const https = embedOrigin(origins(3), "north", "student-progress");
    assert.equal(embedOrigin(origins(3).reverse(), "north", "student-progress"), https);
    const http = origins(3).map((origin) => `${origin.replace("https", "http")}:8080`);
    assert.equal(new URL(embedOrigin(http, "north", "student-progress")).hostname, new URL(https).hostname);
  });

  it("spreads tenants evenly", () => {
    for (const origin of origins(3)) {
      const share =
        pairs.filter(([tenant, dashboard]) => embedOrigin(origins(3), tenant, dashboard) === origin).length /
        pairs.length;
      assert.ok(share > 0.25 && share < 0.42, `${origin}: ${share}`);
    }
  });

  it("moves nobody between old hosts when one is added", () => {
    for (const [tenant, dashboard] of pairs) {
      const before = embedOrigin(origins(3), tenant, dashboard);
      const after = embedOrigin(origins(4), tenant, dashboard);
      assert.ok(after === before || after === "https://analytics4.example");
    }
  });

  it("refuses an empty list", () => {
    assert.throws(() => embedOrigin([], "north", "student-progress"), /list at least one/);
  });
});
