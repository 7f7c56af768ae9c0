// The schemas were generated from the OpenAPI of a Kubernetes 1.36 API server, strict and without descriptions. Kinds of add-ons are judged by `npm run test:cluster`, which has their definitions.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Ajv, type ValidateFunction } from "ajv";
import { addonNamespaces } from "../../charts/addons/cluster/namespaces.ts";
import { encryptedStorageClass } from "../../charts/addons/cluster/storage-class.ts";
import { quotaManifests } from "../../charts/superset/quota.ts";
import { supersetManifests } from "../../charts/superset/superset.ts";
import { fixture } from "../charts/fixture.ts";
import { expecting } from "../support/expecting.ts";

interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
}

const folder = join(import.meta.dirname, "schemas");
const ajv = new Ajv({ strict: false, validateFormats: false, allErrors: true });
const validators = new Map<string, ValidateFunction>(
  readdirSync(folder).map((file) => [
    file.replace(/\.json$/, ""),
    ajv.compile(JSON.parse(readFileSync(join(folder, file), "utf8")) as object),
  ]),
);

/** Returns the name that kubeconform gives a schema: kind, first part of the group, version. */
function schemaOf({ kind, apiVersion }: Manifest): string {
  return `${kind}-${apiVersion.replace(/^([^./]+)[^/]*\//, "$1-")}`.toLowerCase();
}

const manifests = [
  ...supersetManifests(fixture),
  ...addonNamespaces(),
  ...quotaManifests({ namespace: "tenant-a", tenant: "a", cpu: 4, memoryGib: 16, pods: 20 }),
  encryptedStorageClass("auto", "arn:aws:kms:ap-southeast-2:111111111111:key/1"),
] as Manifest[];

describe("Kubernetes' own kinds", () => {
  it("have no unknown field and no wrong type under the schemas of 1.36", () => {
    const native = manifests.filter((manifest) => validators.has(schemaOf(manifest)));
    expecting(`only ${native.length} objects have a schema`, native.length).toBeGreaterThanOrEqual(36);
    for (const manifest of native) {
      const validate = validators.get(schemaOf(manifest));
      expecting(`${manifest.kind}: ${JSON.stringify(validate?.errors?.slice(0, 3))}`, validate?.(manifest)).toBe(true);
    }
  });

  it("leave no kind of Kubernetes unjudged", () => {
    const unjudged = manifests.filter((manifest) => !validators.has(schemaOf(manifest)));
    expect(
      unjudged.filter(({ apiVersion }) => !apiVersion.includes("/") || /^[a-z]+\/|\.k8s\.io\//.test(apiVersion)),
    ).toStrictEqual([]);
  });

  it("are refused with a misspelt field or a number as text", () => {
    const [namespace] = addonNamespaces();
    expect(validators.get("namespace-v1")?.({ ...namespace, labels: {} })).toBe(false);
    const budget = manifests.find(({ kind }) => kind === "PodDisruptionBudget") as Manifest & { spec: object };
    const wrong = { ...budget, spec: { ...budget.spec, unhealthyPodEvictionPolicy: 3 } };
    expect(validators.get("poddisruptionbudget-policy-v1")?.(wrong)).toBe(false);
  });
});
