import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Labels, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";

const selectorKeys = ["app.kubernetes.io/component", "app.kubernetes.io/instance", "app.kubernetes.io/name"];
const pods = workloads().map(({ name, spec }) => ({ name, labels: spec.template.metadata.labels }));

function selected(selector: Labels): string[] {
  return pods
    .filter(({ labels }) => Object.entries(selector).every(([key, value]) => labels[key] === value))
    .map(({ name }) => name);
}

describe("selectors", () => {
  it("name explicit labels, never a hash of a construct's path", () => {
    assert.doesNotMatch(JSON.stringify(manifests()), /cdk8s\.io/);
  });

  for (const { name, kind, spec } of workloads()) {
    if (kind === "Deployment") {
      it(`${name} selects its own pods and no other`, () => {
        assert.deepEqual(Object.keys(spec.selector?.matchLabels ?? {}).sort(), selectorKeys);
        assert.deepEqual(selected(spec.selector?.matchLabels ?? {}), [name]);
      });
    }
  }

  it("do not change with environment, tenant or image: Kubernetes holds them immutable", () => {
    const selectors = (change = {}): unknown => workloads(manifests(change)).map(({ spec }) => spec.selector);
    assert.deepEqual(
      selectors({ environment: "dev", tenant: "north", image: `registry.example/x@sha256:${"d4".repeat(32)}` }),
      selectors(),
    );
  });

  for (const kind of ["Service", "PodDisruptionBudget"]) {
    it(`of each ${kind} find the Deployment of the same name`, () => {
      for (const manifest of ofKind(kind)) {
        const { selector } = specOf<{ selector: { matchLabels?: Labels } & Labels }>(manifest);
        assert.deepEqual(selected(selector.matchLabels ?? selector), [manifest.metadata.name]);
      }
    });
  }

  it("carry the tenant on every pod, for logs and metrics", () => {
    for (const { labels } of pods) assert.equal(labels["homeroom/tenant"], "shared");
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
    assert.equal(hpa.scaleTargetRef.name, "superset-web");
    assert.ok(hpa.behavior.scaleUp && hpa.behavior.scaleDown.stabilizationWindowSeconds >= 300);
    assert.equal(specOf<Workload>(named("Deployment", "superset-web")).replicas, undefined);
  });

  it("of the workers is KEDA's, with never an HPA of ours on the same Deployment", () => {
    const scaled = specOf<{ scaleTargetRef: { name: string }; triggers: { type: string; metadata: Labels }[] }>(
      named("ScaledObject", "superset-worker"),
    );
    const hpas = ofKind("HorizontalPodAutoscaler").map((manifest) => specOf<Autoscaler>(manifest).scaleTargetRef.name);
    assert.ok(!hpas.includes(scaled.scaleTargetRef.name));
    assert.equal(specOf<Workload>(named("Deployment", "superset-worker")).replicas, undefined);
    const [redis] = scaled.triggers;
    assert.equal(redis?.metadata["enableTLS"], "true");
    const command = specOf<Workload>(named("Deployment", "superset-worker")).template.spec.containers[0]?.command ?? [];
    assert.ok(
      command.includes(`--queues=${redis?.metadata["listName"]}`),
      "the scaler watches another queue than the worker",
    );
  });

  it("of beat is one, never two at once, and no budget blocks its drain", () => {
    const beat = specOf<Workload>(named("Deployment", "superset-beat"));
    assert.equal(beat.replicas, 1);
    assert.equal(beat.strategy?.type, "Recreate");
    assert.ok(!ofKind("PodDisruptionBudget").some(({ metadata }) => metadata.name === "superset-beat"));
  });

  it("keeps a disruption budget on web, workers and token service", () => {
    assert.deepEqual(
      ofKind("PodDisruptionBudget").map(({ metadata }) => metadata.name),
      ["superset-web", "superset-worker", "superset-tokens"],
    );
  });

  it("runs the token service without a client too, since a revocation runs in its pods", () => {
    const none = named("Deployment", "superset-tokens", manifests({ tokenClients: [] }));
    assert.equal(specOf<Workload>(none).replicas, 2);
  });
});
