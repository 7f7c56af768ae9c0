import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { parseAllDocuments } from "yaml";
import { environments, synthesise } from "../lib/synthesis.ts";
import { homeroom, npxHomeroom } from "./homeroom.ts";
import { expecting } from "../support/expecting.ts";

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
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it("prints what the workload stack of the same configuration deploys", async () => {
    const { code, out, err } = await npxHomeroom("charts", "--config", "prod", "--values", file(values));
    expecting(err, code).toBe(0);
    const synthesis = synthesise(environments.prod);
    // The namespace stands before the add-ons that need it.
    const namespace = synthesis
      .objects("addons")
      .filter(({ kind, metadata }) => kind === "Namespace" && metadata.name === "superset");
    expect(namespace).toHaveLength(1);
    const deployed = [...namespace, ...synthesis.objects("workload")].map(comparable);
    expect(deployed.length).toBeGreaterThan(20);
    expect(sorted(objectsOf(out))).toStrictEqual(sorted(deployed));
  });

  it("prints the Job of a rotation of SECRET_KEY and what it mounts, and nothing else", async () => {
    const rotation = ["--secret-key-rotation", "2026-11-25"];
    const { code, out, err } = await homeroom("charts", "--config", "prod", "--values", file(values), ...rotation);
    expecting(err, code).toBe(0);
    expect(objectsOf(out).map(nameOf).sort()).toStrictEqual([
      "Job/superset-secret-key-2026-11-25",
      "SecretProviderClass/superset-secret-key",
    ]);
    const odd = await homeroom("charts", "--values", file(values), "--secret-key-rotation", "Monday!");
    expect(odd.code).toBe(1);
    expect(odd.err).toMatch(/secretKeyRotation: got "Monday!"; give a new name for each rotation/);
  });

  it("refuses values that are missing, unknown or not a host", async () => {
    const cases: readonly (readonly [string, RegExp])[] = [
      ["metadataHost: a.internal", /cacheHost[^]*brokerHost[^]*dataCidrs/],
      [`${values}\nsecret: x`, /Unrecognized key: "secret"/],
      [values.replace("deploy-time", "https://a.internal"), /metadataHost: a host name/],
    ];
    for (const [text, message] of cases) {
      const { code, err } = await homeroom("charts", "--config", "prod", "--values", file(text));
      expect(code).toBe(1);
      expect(err).toMatch(message);
    }
    expect((await homeroom("charts", "--config", "prod")).code).toBe(2);
    expect((await homeroom("charts", "--values", join(folder, "no.yaml"))).err).toMatch(/no\.yaml/);
  });

  it("refuses a region that the configuration does not have", async () => {
    const { err } = await homeroom("charts", "--values", file(values), "--region", "ap-southeast-4");
    expect(err).toMatch(/--region ap-southeast-4: give one of ap-southeast-2/);
  });
});
