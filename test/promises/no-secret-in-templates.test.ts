import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { CfnResource, type Stack } from "aws-cdk-lib";
import platform from "../../contract/platform.json" with { type: "json" };
import { literalSecrets } from "../../lib/checks/safety/literal-secrets.ts";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { assemblyWith } from "./mutation.ts";

describe("no template and no manifest holds a secret", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseUnsafe(synthesise(deployment).assembly));
  }

  it("mounts every secret file from Secrets Manager by name", () => {
    const text = JSON.stringify(synthesise().json("workload"));
    for (const file of Object.values(platform.secretFiles)) assert.ok(text.includes(`homeroom/dev/${file}`), file);
  });

  it("notices a literal password, key material and a password in a URL", () => {
    assert.deepEqual(literalSecrets({ MasterUserPassword: "hunter2" }, "x"), ["x.MasterUserPassword: a literal value"]);
    assert.deepEqual(literalSecrets({ Passwords: ["hunter2"] }, "x"), ["x.Passwords: a literal value"]);
    assert.equal(literalSecrets({ a: "-----BEGIN RSA PRIVATE KEY-----" }, "x").length, 1);
    assert.equal(literalSecrets({ a: "postgresql://user:hunter2@host/name" }, "x").length, 1);
  });

  it("refuses a Kubernetes Secret and a password inside a manifest", () => {
    const manifest = (object: object) => (stack: Stack) =>
      new CfnResource(stack, "Objects", {
        type: "Custom::AWSCDK-EKS-KubernetesResource",
        properties: { Manifest: JSON.stringify([object]) },
      });
    assert.throws(
      () =>
        refuseUnsafe(
          assemblyWith("ap-southeast-2", manifest({ apiVersion: "v1", kind: "Secret", data: { a: "eA==" } })),
        ),
      /Mutation\/Objects\[0\]: a Kubernetes Secret/,
    );
    const url = { kind: "ConfigMap", data: { URL: "postgresql://user:hunter2@host/name" } };
    assert.throws(
      () => refuseUnsafe(assemblyWith("ap-southeast-2", manifest(url))),
      (error: Error) => {
        assert.match(error.message, /data\.URL: key material or a password in a URL/);
        assert.doesNotMatch(error.message, /hunter2/);
        return true;
      },
    );
  });
});
