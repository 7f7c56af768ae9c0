import { describe, expect, it } from "@jest/globals";
import { CfnResource, type Stack } from "aws-cdk-lib";
import { platform } from "../../contract/index.ts";
import { literalSecrets } from "../../lib/checks/safety/literal-secrets.ts";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { assemblyWith } from "./mutation.ts";
import { expecting } from "../support/expecting.ts";
import { thrown } from "../support/thrown.ts";

describe("no template and no manifest holds a secret", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseUnsafe(synthesise(deployment).assembly));
  }

  it("mounts every secret file from Secrets Manager by name", () => {
    const text = JSON.stringify(synthesise().json("workload"));
    for (const file of Object.values(platform.secretFiles)) expecting(file, text).toContain(`homeroom/dev/${file}`);
  });

  it("notices a literal password, key material and a password in a URL", () => {
    expect(literalSecrets({ MasterUserPassword: "hunter2" }, "x")).toStrictEqual([
      "x.MasterUserPassword: a literal value",
    ]);
    expect(literalSecrets({ Passwords: ["hunter2"] }, "x")).toStrictEqual(["x.Passwords: a literal value"]);
    expect(literalSecrets({ a: "-----BEGIN RSA PRIVATE KEY-----" }, "x")).toHaveLength(1);
    expect(literalSecrets({ a: "postgresql://user:hunter2@host/name" }, "x")).toHaveLength(1);
  });

  it("refuses a Kubernetes Secret and a password inside a manifest", () => {
    const manifest = (object: object) => (stack: Stack) =>
      new CfnResource(stack, "Objects", {
        type: "Custom::AWSCDK-EKS-KubernetesResource",
        properties: { Manifest: JSON.stringify([object]) },
      });
    expect(() =>
      refuseUnsafe(assemblyWith("ap-southeast-2", manifest({ apiVersion: "v1", kind: "Secret", data: { a: "eA==" } }))),
    ).toThrow(/Mutation\/Objects\[0\]: a Kubernetes Secret/);
    const url = { kind: "ConfigMap", data: { URL: "postgresql://user:hunter2@host/name" } };
    const error = thrown(() => refuseUnsafe(assemblyWith("ap-southeast-2", manifest(url)))) as Error;
    expect(error.message).toMatch(/data\.URL: key material or a password in a URL/);
    expect(error.message).not.toMatch(/hunter2/);
  });
});
