import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "@jest/globals";
import { homeroom, npxHomeroom, root } from "./homeroom.ts";
import { expecting } from "../support/expecting.ts";

// Inside the repository, so that its modules are of the repository's kind.
const parent = join(root, ".homeroom-test");
mkdirSync(parent, { recursive: true });
let folder = "";
let file = "";
const add = (...args: string[]) => homeroom("tenant", "add", ...args, "--config", file);
const text = (): string => readFileSync(file, "utf8");

describe("homeroom tenant", () => {
  // A folder each: Node runs a module once, however often its file changes.
  beforeEach(() => {
    folder = mkdtempSync(join(parent, "tenant-"));
    file = join(folder, "prod.ts");
    cpSync(join(root, "config/prod.ts"), file);
    cpSync(join(root, "config/images"), join(folder, "images"), { recursive: true });
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("lists tenants with their isolation and issuers", async () => {
    const { out } = await homeroom("tenant", "list", "--config", "prod");
    expect(out).toMatch(/^north {2}shared {2}Australia\/Sydney {2}https:\/\/north\.school\.example$/m);
    expect(out).toMatch(/^south {2}database south {2}/m);
  });

  it("adds an entry with its issuer, calendar and retention, and keeps the rest of the file as it was", async () => {
    const before = text();
    const { code, out, err } = await add(
      ...["west", "--isolation", "shared", "--host-product", "https://west.example", "--time-zone", "Australia/Perth"],
      ...["--term", "Term 1=2027-01-28..2027-04-09", "--retention", "e7", "--hostname", "west.homeroom.example"],
    );
    expecting(err, code).toBe(0);
    expect(out).toMatch(/^\+ +\{ id: "west", url: "https:\/\/west\.example", tenants: \["west"\] \},$/m);
    const removed = before.split("\n").filter((line) => !text().split("\n").includes(line));
    expect(removed).toStrictEqual([]);
    const { out: list } = await npxHomeroom("tenant", "list", "--config", file);
    expect(list).toMatch(/^west {2}shared {2}Australia\/Perth {2}https:\/\/west\.example$/m);
    expect(text()).toMatch(/retention: "e7"/);
    expect(text()).toMatch(/terms: \[\{ name: "Term 1", from: "2027-01-28", to: "2027-04-09" \}\]/);
  });

  it("adds to an issuer that the file has", async () => {
    const { code } = await add(
      "west",
      "--isolation",
      "shared",
      "--host-product",
      "https://w.example",
      "--issuer",
      "north",
    );
    expect(code).toBe(0);
    expect(text()).toMatch(/url: "https:\/\/north\.school\.example", tenants: \["north", "west"\]/);
  });

  it("shows the change and writes nothing with --dry-run", async () => {
    const before = text();
    const { code, out } = await add(
      "west",
      "--isolation",
      "shared",
      "--host-product",
      "https://w.example",
      "--dry-run",
    );
    expect(code).toBe(0);
    expect(out).toMatch(/^\+.*id: "west", isolation: "shared"/m);
    expect(text()).toBe(before);
    expect(readdirSync(folder)).toStrictEqual(["images", "prod.ts"]);
  });

  const refused: readonly (readonly [string, readonly string[], number, RegExp])[] = [
    [
      "a tenant that exists",
      ["north", "--isolation", "shared", "--host-product", "https://w.example"],
      1,
      /tenants\[2\]\.id: got "north"/,
    ],
    [
      "an id with capitals",
      ["West", "--isolation", "shared", "--host-product", "https://w.example"],
      1,
      /tenants\[2\]\.id: got "West"/,
    ],
    [
      "an origin with a path",
      ["west", "--isolation", "shared", "--host-product", "https://w.example/a"],
      1,
      /hostProducts\[0\]/,
    ],
    [
      "a database that is not attached",
      ["west", "--isolation", "database", "--host-product", "https://w.example"],
      1,
      /database: got "west"; allowed: the id of an entry/,
    ],
    [
      "another tenant's database",
      ["west", "--isolation", "database", "--database", "south", "--host-product", "https://w.example"],
      1,
      /tenant south reads this one/,
    ],
    [
      "an issuer that nobody knows",
      ["west", "--isolation", "shared", "--host-product", "https://w.example", "--issuer", "east"],
      1,
      /no such issuer; give one of north, south/,
    ],
    [
      "a host of the studio",
      ["west", "--isolation", "shared", "--host-product", "https://w.example", "--hostname", "studio.homeroom.example"],
      1,
      /a host other than that of the studio/,
    ],
    ["a missing isolation", ["west", "--host-product", "https://w.example"], 2, /--isolation/],
    [
      "a term without dates",
      ["west", "--isolation", "shared", "--host-product", "https://w.example", "--term", "one"],
      2,
      /Term 1=/,
    ],
  ];
  for (const [what, args, expected, message] of refused) {
    it(`refuses ${what} and leaves the file alone`, async () => {
      const before = text();
      const { code, err } = await add(...args);
      expecting(err, code).toBe(expected);
      expect(err).toMatch(message);
      expect(text()).toBe(before);
      expect(readdirSync(folder)).toStrictEqual(["images", "prod.ts"]);
    });
  }
});
