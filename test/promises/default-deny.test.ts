import { describe, expect, it } from "@jest/globals";
import { environments, type KubernetesObject, type Synthesis, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";

/** Namespaces that are made without a policy that denies every pod everything, both ways. */
function open(objects: readonly KubernetesObject[]): string[] {
  const denied = objects
    .filter(({ kind, spec }) => kind === "NetworkPolicy" && JSON.stringify(spec) === JSON.stringify(nothing))
    .map(({ metadata }) => metadata.namespace);
  return objects
    .filter(({ kind, metadata }) => kind === "Namespace" && !denied.includes(metadata.name))
    .map(({ metadata }) => metadata.name);
}

const nothing = { podSelector: {}, policyTypes: ["Ingress", "Egress"] };

function objectsOf(synthesis: Synthesis): KubernetesObject[] {
  return synthesis.stacks.flatMap(({ subject }) => synthesis.objects(subject));
}

describe("pods of every namespace that we make reach nothing and nobody unless a policy says so", () => {
  for (const [name, input] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => {
      const objects = objectsOf(synthesise(input));
      expect(objects.filter(({ kind }) => kind === "Namespace").length).toBeGreaterThanOrEqual(6);
      expect(open(objects)).toStrictEqual([]);
    });
  }

  it("notices a namespace without the policy, and a policy that leaves a way out", () => {
    const objects = objectsOf(synthesise(environments.prod));
    const without = objects.filter(({ metadata }) => metadata.name !== "default-deny");
    expect(open(without)).toContain("keda");
    const leaking = objects.map((object) =>
      object.kind === "NetworkPolicy" && object.metadata.namespace === "keda"
        ? { ...object, spec: { ...object.spec, policyTypes: ["Ingress"] } }
        : object,
    );
    expect(open(leaking)).toStrictEqual(["keda"]);
  });
});
