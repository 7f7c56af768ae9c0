import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { platform } from "../../../contract/index.ts";
import { containersOf, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";

const migrate = ofKind("Job")[0]?.metadata.name ?? "none";
const names = [migrate, "superset-web", "superset-worker", "superset-beat", "superset-tokens"];
const web = specOf<Workload>(named("Deployment", "superset-web")).template.spec;

describe("pods", () => {
  it("exist for every part of the picture", () => {
    assert.deepEqual(
      workloads()
        .map(({ name }) => name)
        .sort(),
      [...names].sort(),
    );
  });

  it("run in a namespace that enforces Pod Security restricted", () => {
    const [namespace] = ofKind("Namespace");
    assert.equal(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted");
    assert.equal(namespace?.metadata.namespace, undefined, "a cluster-scoped object carries a namespace");
  });

  for (const { name, spec } of workloads()) {
    const pod = spec.template.spec;
    it(`${name} mounts no service account token and shares no default account`, () => {
      assert.equal(pod.automountServiceAccountToken, false);
      assert.match(pod.serviceAccountName, /^superset-(app|migrate|tokens)$/);
    });

    it(`${name} runs as a numbered user with the runtime's seccomp profile`, () => {
      assert.deepEqual(pod.securityContext, {
        fsGroup: 65532,
        runAsGroup: 65532,
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      });
    });

    for (const container of containersOf(pod)) {
      it(`${name}/${container.name} has a read-only root and no capability`, () => {
        assert.deepEqual(container.securityContext, {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
        });
      });

      it(`${name}/${container.name} is pinned by digest`, () => {
        assert.match(container.image, /@sha256:[0-9a-f]{64}$/);
      });

      it(`${name}/${container.name} requests cpu and memory and limits memory, never cpu`, () => {
        assert.ok(container.resources.requests["cpu"] && container.resources.requests["memory"]);
        assert.ok(container.resources.limits["memory"]);
        assert.equal(container.resources.limits["cpu"], undefined);
      });

      it(`${name}/${container.name} mounts only volumes that its pod has`, () => {
        const volumes = pod.volumes.map((volume) => volume["name"]);
        for (const mount of container.volumeMounts) assert.ok(volumes.includes(mount.name), mount.name);
      });
    }

    it(`${name} spreads its own pods over zones and nodes`, () => {
      assert.deepEqual(
        pod.topologySpreadConstraints.map(({ topologyKey }) => topologyKey),
        ["topology.kubernetes.io/zone", "kubernetes.io/hostname"],
      );
      for (const { labelSelector } of pod.topologySpreadConstraints) {
        for (const [key, value] of Object.entries(labelSelector.matchLabels))
          assert.equal(spec.template.metadata.labels[key], value);
      }
    });
  }

  it("that run Superset call their first container superset and can write to /tmp and the state folder alone", () => {
    for (const { name, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      const pod = spec.template.spec;
      const [container] = pod.containers;
      assert.equal(container?.name, "superset", name);
      const emptyDirs = pod.volumes.filter((volume) => "emptyDir" in volume).map((volume) => volume["name"]);
      assert.deepEqual(emptyDirs, ["tmp", "state"], name);
      const writable = container?.volumeMounts.filter((mount) => !mount.readOnly).map((mount) => mount.mountPath);
      assert.deepEqual(writable, ["/tmp", "/var/lib/superset"], name);
    }
  });

  it("wait for their image's schema before Superset starts, the migrating one excepted", () => {
    for (const { name, kind, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      const [init] = spec.template.spec.initContainers ?? [];
      if (kind === "Job") {
        assert.equal(init, undefined, "the migration must not wait for itself");
        continue;
      }
      assert.deepEqual(init?.command?.slice(0, 3), ["python", "-m", "homeroom_superset.jobs.schema_revision"], name);
      assert.equal(init.image, spec.template.spec.containers[0]?.image, `${name} waits for another image's schema`);
    }
  });

  it("have probes that fit what they run", () => {
    const path = (probe?: { httpGet?: { path: string } }): string | undefined => probe?.httpGet?.path;
    const [superset, exporter] = web.containers;
    for (const kind of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
      assert.equal(path(superset?.[kind]), "/health");
      const [tokens] = specOf<Workload>(named("Deployment", "superset-tokens")).template.spec.containers;
      assert.equal(path(tokens?.[kind]), "/v1/health");
    }
    assert.equal(exporter?.name, "statsd-exporter");
    for (const worker of ["superset-worker", "superset-beat"]) {
      const [container] = specOf<Workload>(named("Deployment", worker)).template.spec.containers;
      assert.ok(container?.startupProbe?.exec && container.livenessProbe?.exec, worker);
    }
  });

  it("end gracefully: the web drains before gunicorn's own grace, both within the pod's", () => {
    const drain = Number(web.containers[0]?.lifecycle?.preStop?.exec.command[1]);
    assert.ok(drain > 0);
    assert.ok(web.terminationGracePeriodSeconds >= drain + platform.timeouts.gracefulSeconds);
    const worker = specOf<Workload>(named("Deployment", "superset-worker")).template.spec;
    assert.ok(worker.terminationGracePeriodSeconds * 1000 > platform.timeouts.queryMs);
  });

  it("migrate in a Job named by the image's digest and its own template, which Kubernetes holds immutable", () => {
    const job = (change: Parameters<typeof manifests>[0] = {}): { name: string; template: string } => {
      const [found, ...others] = ofKind("Job", manifests(change));
      assert.deepEqual(others, []);
      const { template } = specOf<Workload>(found ?? named("Job", "superset-migrate"));
      return { name: found?.metadata.name ?? "", template: JSON.stringify(template) };
    };
    assert.match(job().name, /^superset-migrate-a1a1a1a1a1a1-[0-9a-f]{8}$/);
    assert.equal(job().name, job({ webReplicasMax: 40, frameAncestors: ["https://other.example"] }).name);
    const otherTemplate = job({ databaseCaPem: "another authority", tenant: "another" });
    assert.notEqual(otherTemplate.template, job().template);
    assert.notEqual(otherTemplate.name, job().name);
  });
});
