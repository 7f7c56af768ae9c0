import { describe, expect, it } from "@jest/globals";
import { type Labels, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";

const selectorKeys = ["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"];
const pods = workloads().map(({ name, spec }) => ({ name, labels: spec.template.metadata.labels }));

function selected(selector: Labels): string[] {
  return pods
    .filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value))
    .map(({ name }) => name);
}

describe("selectors", () => {
  it("name explicit labels, never a hash of a construct's path", () => {
    expect(JSON.stringify(manifests())).not.toMatch(/cdk8s\.io/);
  });

  for (const { name, kind, spec } of workloads()) {
    if (kind === "Deployment") {
      it(`${name} selects its own pods and no other`, () => {
        expect(Object.keys(spec.selector?.matchLabels ?? {}).sort()).toStrictEqual(selectorKeys);
        expect(selected(spec.selector?.matchLabels ?? {})).toStrictEqual([name]);
      });
    }
  }

  it("do not change with environment, tenant or image: Kubernetes holds them immutable", () => {
    const selectors = (change = {}): unknown => workloads(manifests(change)).map(({ spec }) => spec.selector);
    expect(
      selectors({ environment: "dev", tenant: "north", image: `registry.example/x@sha256:${"d4".repeat(32)}` }),
    ).toStrictEqual(selectors());
  });

  for (const kind of ["Service", "PodDisruptionBudget"]) {
    it(`of each ${kind} find the Deployment of the same name`, () => {
      for (const manifest of ofKind(kind)) {
        const { selector } = specOf<{ selector: { matchLabels?: Labels } & Labels }>(manifest);
        expect(selected(selector.matchLabels ?? selector)).toStrictEqual([manifest.metadata.name]);
      }
    });
  }

  it("carry the tenant on every pod, for logs and metrics", () => {
    for (const { labels } of pods) expect(labels["homeroom/tenant"]).toBe("shared");
  });
});

interface Autoscaler {
  readonly scaleTargetRef: { name: string };
  readonly minReplicas: number;
  readonly maxReplicas: number;
  readonly behavior: { scaleUp: object; scaleDown: { stabilizationWindowSeconds: number } };
}

describe("scaling", () => {
  it("of the web is an HPA with its own behaviour, and the Deployment sets no replicas", () => {
    const hpa = specOf<Autoscaler>(named("HorizontalPodAutoscaler", "superset-web"));
    expect(hpa.scaleTargetRef.name).toBe("superset-web");
    expect(hpa.behavior.scaleUp).toBeTruthy();
    expect(hpa.behavior.scaleDown.stabilizationWindowSeconds).toBeGreaterThanOrEqual(300);
    expect(specOf<Workload>(named("Deployment", "superset-web")).replicas).toBeUndefined();
  });

  it("of the workers is KEDA's, with never an HPA of ours on the same Deployment", () => {
    const scaled = specOf<{ scaleTargetRef: { name: string }; triggers: { type: string; metadata: Labels }[] }>(
      named("ScaledObject", "superset-worker"),
    );
    const hpas = ofKind("HorizontalPodAutoscaler").map((manifest) => specOf<Autoscaler>(manifest).scaleTargetRef.name);
    expect(hpas).not.toContain(scaled.scaleTargetRef.name);
    expect(specOf<Workload>(named("Deployment", "superset-worker")).replicas).toBeUndefined();
    const [redis] = scaled.triggers;
    expect(redis?.metadata["enableTLS"]).toBe("true");
    const command = specOf<Workload>(named("Deployment", "superset-worker")).template.spec.containers[0]?.command ?? [];
    expecting("the scaler watches another queue than the worker", command).toContain(
      `--queues=${redis?.metadata["listName"]}`,
    );
  });

  it("of beat is one, never two at once, and no budget blocks its drain", () => {
    const beat = specOf<Workload>(named("Deployment", "superset-beat"));
    expect(beat.replicas).toBe(1);
    expect(beat.strategy?.type).toBe("Recreate");
    expect(ofKind("PodDisruptionBudget").filter(({ metadata }) => metadata.name === "superset-beat")).toEqual([]);
  });

  it("keeps a disruption budget on web, workers and token service", () => {
    expect(ofKind("PodDisruptionBudget").map(({ metadata }) => metadata.name)).toStrictEqual([
      "superset-web",
      "superset-worker",
      "superset-tokens",
    ]);
  });

  it("runs the token service without a client too, since a revocation runs in its pods", () => {
    const none = named("Deployment", "superset-tokens", manifests({ tokenClients: [] }));
    expect(specOf<Workload>(none).replicas).toBe(2);
  });
});
