import assert from "node:assert/strict";
import { describe, it } from "node:test";
import platform from "../../contract/platform.json" with { type: "json" };
import { manifestObjects } from "../../lib/residency/manifest-text.ts";
import { environments, type Synthesis, synthesise } from "../lib/synthesis.ts";

const keyMaterial = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|:\/\/[^/\s:@"]+:[^/\s@"]+@/;
const literalPassword = /^(?:.*password|secretstring|authtoken|passwords)$/i;

function leaks(value: unknown, path: string): string[] {
  if (typeof value === "string") return keyMaterial.test(value) ? [`${path}: key material or a password in a URL`] : [];
  if (Array.isArray(value)) return value.flatMap((child, index) => leaks(child, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, child]) => {
    const literal = literalPassword.test(key) && holdsLiteral(child) ? [`${path}.${key}: a literal value`] : [];
    return [...literal, ...leaks(child, `${path}.${key}`)];
  });
}

function holdsLiteral(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsLiteral);
  return typeof value === "string" && !value.startsWith("{{resolve:secretsmanager:");
}

function inManifests(synthesis: Synthesis): string[] {
  return synthesis.resources().flatMap(({ stack, id, resource }) => {
    const manifest = resource.Properties?.["Manifest"];
    if (manifest === undefined) return [];
    const objects = manifestObjects(manifest);
    const kinds = objects.flatMap((object) => (isSecret(object) ? [`${stack}/${id}: a Kubernetes Secret`] : []));
    return [...kinds, ...leaks(objects, `${stack}/${id}`)];
  });
}

function isSecret(object: unknown): boolean {
  return object !== null && typeof object === "object" && "kind" in object && object.kind === "Secret";
}

describe("no template and no manifest holds a secret", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`holds for ${name}`, () => {
      const synthesis = synthesise(deployment);
      assert.deepEqual(
        synthesis.stacks.flatMap(({ subject, template }) => leaks(template.Resources, subject)),
        [],
      );
      assert.deepEqual(inManifests(synthesis), []);
    });
  }

  it("mounts every secret file from Secrets Manager by name", () => {
    const text = JSON.stringify(synthesise().json("workload"));
    for (const file of Object.values(platform.secretFiles)) assert.ok(text.includes(`homeroom/dev/${file}`), file);
  });

  it("notices a literal password, key material and a password in a URL", () => {
    assert.deepEqual(leaks({ MasterUserPassword: "hunter2" }, "x"), ["x.MasterUserPassword: a literal value"]);
    assert.deepEqual(leaks({ Passwords: ["hunter2"] }, "x"), ["x.Passwords: a literal value"]);
    assert.equal(leaks({ a: "-----BEGIN RSA PRIVATE KEY-----" }, "x").length, 1);
    assert.equal(leaks({ a: "postgresql://user:hunter2@host/name" }, "x").length, 1);
  });
});
