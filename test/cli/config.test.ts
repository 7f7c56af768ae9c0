import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { Ajv2020 } from "ajv/dist/2020.js";
import dev from "../../config/dev.ts";
import prod from "../../config/prod.ts";
import { homeroom, npxHomeroom, root } from "./homeroom.ts";

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
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("sums up a valid file with every protection that is off and why", async () => {
    const { code, out } = await npxHomeroom("config", "check", "--config", "dev");
    assert.equal(code, 0);
    assert.match(out, /^config\/dev\.ts is valid/);
    assert.match(out, /cluster\.deletionProtection is off: the cluster holds no state/);
    assert.match((await homeroom("config", "check", "--config", "prod")).out, /protections\s+all on/);
  });

  it("names all problems of a file and ends with 1", async () => {
    const [north, south] = dev.tenants;
    const file = written("wrong.json", { ...dev, account: "42", tenants: [{ ...north, timeZone: "Sydney" }, south] });
    const { code, out, err } = await npxHomeroom("config", "check", "--config", file);
    assert.equal(code, 1);
    assert.equal(out, "");
    assert.match(err, /has 2 problems/);
    assert.match(err, /account: got "42"/);
    assert.match(err, /tenants\[0\]\.timeZone: got "Sydney"; allowed: a zone of the IANA database/);
  });

  it("says which environments there are, and what is wrong with a file that is none", async () => {
    assert.match((await homeroom("config", "check", "--config", "staging")).err, /allowed: dev, prod/);
    assert.match((await homeroom("config", "check", "--config", join(folder, "no.ts"))).err, /there is no .*no\.ts/);
    const broken = join(folder, "broken.json");
    writeFileSync(broken, "{");
    assert.match((await homeroom("config", "check", "--config", broken)).err, /broken\.json is not JSON/);
    const empty = join(folder, "empty.ts");
    writeFileSync(empty, "export const nothing = 1;");
    assert.match((await homeroom("config", "check", "--config", empty)).err, /has no default export/);
  });

  it("prints the schema that editors read from the repository", async () => {
    const { out } = await homeroom("config", "schema");
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(schemaFile, `${out}\n`);
    assert.equal(
      readFileSync(schemaFile, "utf8"),
      `${out}\n`,
      "stale: npx homeroom config schema > lib/config/schema/deployment.schema.json",
    );
    const accepts = new Ajv2020({ strict: false, validateFormats: false }).compile(JSON.parse(out) as object);
    for (const input of [dev, prod, { $schema: "./deployment.schema.json", ...dev }]) assert.ok(accepts(input));
    assert.ok(!accepts({ ...dev, colour: "blue" }));
    assert.ok(!accepts({ ...dev, account: 42 }));
  });

  it("reads JSON that names its schema", async () => {
    const file = written("named.json", { $schema: "./deployment.schema.json", ...prod });
    assert.equal((await homeroom("config", "check", "--config", file)).code, 0);
  });
});
