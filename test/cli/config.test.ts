import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { Ajv2020 } from "ajv/dist/2020.js";
import dev from "../../config/dev.ts";
import prod from "../../config/prod.ts";
import { homeroom, npxHomeroom, root } from "./homeroom.ts";
import { expectGolden } from "../support/golden.ts";

const parent = join(root, ".homeroom-test");
mkdirSync(parent, { recursive: true });
const folder = mkdtempSync(join(parent, "config-"));
const schemaFile = join(root, "lib/config/schema/deployment.schema.json");

function written(name: string, value: unknown): string {
  const file = join(folder, name);
  writeFileSync(file, JSON.stringify(value));
  return file;
}

describe("homeroom config", () => {
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("sums up a valid file with every protection that is off and why", async () => {
    const { code, out } = await npxHomeroom("config", "check", "--config", "dev");
    expect(code).toBe(0);
    expect(out).toMatch(/^config\/dev\.ts is valid/);
    expect(out).toMatch(/cluster\.deletionProtection is off: the cluster holds no state/);
    expect((await homeroom("config", "check", "--config", "prod")).out).toMatch(/protections\s+all on/);
  });

  it("names all problems of a file and ends with 1", async () => {
    const [north, south] = dev.tenants;
    const file = written("wrong.json", { ...dev, account: "42", tenants: [{ ...north, timeZone: "Sydney" }, south] });
    const { code, out, err } = await npxHomeroom("config", "check", "--config", file);
    expect(code).toBe(1);
    expect(out).toBe("");
    expect(err).toMatch(/has 2 problems/);
    expect(err).toMatch(/account: got "42"/);
    expect(err).toMatch(/tenants\[0\]\.timeZone: got "Sydney"; allowed: a zone of the IANA database/);
  });

  it("says which environments there are, and what is wrong with a file that is none", async () => {
    expect((await homeroom("config", "check", "--config", "staging")).err).toMatch(/allowed: dev, prod/);
    expect((await homeroom("config", "check", "--config", join(folder, "no.ts"))).err).toMatch(/there is no .*no\.ts/);
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    expect((await homeroom("config", "check", "--config", broken)).err).toMatch(/broken\.json is not JSON/);
    const empty = join(folder, "empty.ts");
    writeFileSync(empty, "export const nothing = 1;");
    expect((await homeroom("config", "check", "--config", empty)).err).toMatch(/has no default export/);
  });

  it("prints the schema that editors read from the repository", async () => {
    const { out } = await homeroom("config", "schema");
    expectGolden(`${out}\n`, schemaFile);
    const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(out) as object);
    for (const input of [dev, prod, { $schema: "./deployment.schema.json", ...dev }]) expect(accepts(input)).toBe(true);
    expect(accepts({ ...dev, colour: "blue" })).toBe(false);
    expect(accepts({ ...dev, account: 42 })).toBe(false);
  });

  it("reads JSON that names its schema", async () => {
    const file = written("named.json", { $schema: "./deployment.schema.json", ...prod });
    expect((await homeroom("config", "check", "--config", file)).code).toBe(0);
  });
});
