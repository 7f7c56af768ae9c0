import { describe, expect, it } from "@jest/globals";
import { embedOrigin } from "../../../../runtime/tokens/minting/embed-url.ts";
import { expecting } from "../../../support/expecting.ts";

const origins = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `https://analytics${index + 1}.example`);
const pairs = Array.from({ length: 600 }, (_, index) => [`tenant-${index}`, "student-progress"] as const);

describe("embed host", () => {
  it("stays the same whatever the order, the scheme or the port of the origins", () => {
    const https = embedOrigin(origins(3), "north", "student-progress");
    expect(embedOrigin(origins(3).reverse(), "north", "student-progress")).toBe(https);
    const http = origins(3).map((origin) => `${origin.replace("https", "http")}:8080`);
    expect(new URL(embedOrigin(http, "north", "student-progress")).hostname).toBe(new URL(https).hostname);
  });

  it("spreads tenants evenly", () => {
    for (const origin of origins(3)) {
      const share =
        pairs.filter(([tenant, dashboard]) => embedOrigin(origins(3), tenant, dashboard) === origin).length /
        pairs.length;
      expecting(`${origin}: ${share}`, share).toBeGreaterThan(0.25);
      expecting(`${origin}: ${share}`, share).toBeLessThan(0.42);
    }
  });

  it("moves nobody between old hosts when one is added", () => {
    for (const [tenant, dashboard] of pairs) {
      const before = embedOrigin(origins(3), tenant, dashboard);
      const after = embedOrigin(origins(4), tenant, dashboard);
      expect(after === before || after === "https://analytics4.example").toBe(true);
    }
  });

  it("refuses an empty list", () => {
    expect(() => embedOrigin([], "north", "student-progress")).toThrow(/list at least one/);
  });
});
