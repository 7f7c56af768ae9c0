import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { parseAllDocuments } from "yaml";
import { environments, synthesise } from "../lib/synthesis.ts";
import { homeroom, npxHomeroom } from "./homeroom.ts";

interface Named {
  readonly kind: string;
  readonly metadata: { readonly name: string };
}

const folder = mkdtempSync(join(tmpdir(), "homeroom-charts-"));
const file = (text: string): string => {
  const path = join(folder, "values.yaml");
  writeFileSync(path, text);
  return path;
};
const values = [
  "metadataHost: deploy-time",
  "cacheHost: deploy-time",
  "brokerHost: deploy-time",
  "dataCidrs: [10.30.128.0/24, 10.30.129.0/24, 10.30.130.0/24]",
].join("\n");
const nameOf = ({ kind, metadata }: Named): string => `${kind}/${metadata.name}`;
const sorted = (objects: readonly Named[]): Named[] =>
  [...objects].sort((left, right) => nameOf(left).localeCompare(nameOf(right)));
// CDK labels what it applies, and the checksum covers references that only a deploy resolves.
const comparable = (object: unknown): Named =>
  JSON.parse(
    JSON.stringify(object)
      .replace(/"aws\.cdk\.eks\/prune-[0-9a-f]+":"",?/g, "")
      .replace(/("homeroom\/config-checksum":)"[0-9a-f]{64}"/g, '$1""')
      .replaceAll(",}", "}"),
  ) as Named;
const objectsOf = (yaml: string): Named[] => parseAllDocuments(yaml).map((document) => comparable(document.toJS()));

describe("homeroom charts", () => {
  after(() => rmSync(folder, { recursive: true, force: true }));

  it("prints what the workload stack of the same configuration deploys", async () => {
    const { code, out, err } = await npxHomeroom("charts", "--config", "prod", "--values", file(values));
    assert.equal(code, 0, err);
    const synthesis = synthesise(environments.prod);
    // The namespace stands before the add-ons that need it.
    const namespace = synthesis
      .objects("addons")
      .filter(({ kind, metadata }) => kind === "Namespace" && metadata.name === "superset");
    assert.equal(namespace.length, 1);
    const deployed = [...namespace, ...synthesis.objects("workload")].map(comparable);
    assert.ok(deployed.length > 20);
    assert.deepEqual(sorted(objectsOf(out)), sorted(deployed));
  });

  it("prints the Job of a rotation of SECRET_KEY and what it mounts, and nothing else", async () => {
    const rotation = ["--secret-key-rotation", "2026-11-25"];
    const { code, out, err } = await homeroom("charts", "--config", "prod", "--values", file(values), ...rotation);
    assert.equal(code, 0, err);
    assert.deepEqual(objectsOf(out).map(nameOf).sort(), [
      "Job/superset-secret-key-2026-11-25",
      "SecretProviderClass/superset-secret-key",
    ]);
    const odd = await homeroom("charts", "--values", file(values), "--secret-key-rotation", "Monday!");
    assert.equal(odd.code, 1);
    assert.match(odd.err, /secretKeyRotation: got "Monday!"; give a new name for each rotation/);
  });

  it("refuses values that are missing, unknown or not a host", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["metadataHost: a.internal", /cacheHost[^]*brokerHost[^]*dataCidrs/],
      [`${values}\nsecret: x`, /Unrecognized key: "secret"/],
      [values.replace("deploy-time", "https://a.internal"), /metadataHost: a host name/],
    ];
    for (const [text, message] of cases) {
      const { code, err } = await homeroom("charts", "--config", "prod", "--values", file(text));
      assert.equal(code, 1);
      assert.match(err, message);
    }
    assert.equal((await homeroom("charts", "--config", "prod")).code, 2);
    assert.match((await homeroom("charts", "--values", join(folder, "no.yaml"))).err, /no\.yaml/);
  });

  it("refuses a region that the configuration does not have", async () => {
    const { err } = await homeroom("charts", "--values", file(values), "--region", "ap-southeast-4");
    assert.match(err, /--region ap-southeast-4: give one of ap-southeast-2/);
  });
});
