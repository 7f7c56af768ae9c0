import { describe, expect, it } from "@jest/globals";
import { platform } from "../../../contract/index.ts";
import { containersOf, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";
import { present } from "../../support/narrowing.ts";

const migrate = ofKind("Job")[0]?.metadata.name ?? "none";
const names = [migrate, "superset-web", "superset-worker", "superset-beat", "superset-tokens"];
const web = specOf<Workload>(named("Deployment", "superset-web")).template.spec;

describe("pods", () => {
  it("exist for every part of the picture", () => {
    expect(
      workloads()
        .map(({ name }) => name)
        .sort(),
    ).toStrictEqual([...names].sort());
  });

  it("run in a namespace that enforces Pod Security restricted", () => {
    const [namespace] = ofKind("Namespace");
    expect(namespace?.metadata.labels?.["pod-security.kubernetes.io/enforce"]).toBe("restricted");
    expecting("a cluster-scoped object carries a namespace", namespace?.metadata.namespace).toBeUndefined();
  });

  for (const { name, spec } of workloads()) {
    const pod = spec.template.spec;
    it(`${name} mounts no service account token and shares no default account`, () => {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.serviceAccountName).toMatch(/^superset-(app|migrate|tokens)$/);
    });

    it(`${name} runs as a numbered user with the runtime's seccomp profile`, () => {
      expect(pod.securityContext).toStrictEqual({
        fsGroup: 65532,
        runAsGroup: 65532,
        runAsNonRoot: true,
        runAsUser: 65532,
        seccompProfile: { type: "RuntimeDefault" },
      });
    });

    for (const container of containersOf(pod)) {
      it(`${name}/${container.name} has a read-only root and no capability`, () => {
        expect(container.securityContext).toStrictEqual({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ["ALL"] },
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
        });
      });

      it(`${name}/${container.name} is pinned by digest`, () => {
        expect(container.image).toMatch(/@sha256:[0-9a-f]{64}$/);
      });

      it(`${name}/${container.name} requests cpu and memory and limits memory, never cpu`, () => {
        expect(container.resources.requests["cpu"]).toBeTruthy();
        expect(container.resources.requests["memory"]).toBeTruthy();
        expect(container.resources.limits["memory"]).toBeTruthy();
        expect(container.resources.limits["cpu"]).toBeUndefined();
      });

      it(`${name}/${container.name} mounts only volumes that its pod has`, () => {
        const volumes = pod.volumes.map((volume) => volume["name"]);
        for (const mount of container.volumeMounts) expecting(mount.name, volumes).toContain(mount.name);
      });
    }

    it(`${name} spreads its own pods over zones and nodes`, () => {
      const rules = pod.topologySpreadConstraints.map(({ topologyKey, whenUnsatisfiable }) => [
        topologyKey,
        whenUnsatisfiable,
      ]);
      expect(rules).toStrictEqual([
        ["topology.kubernetes.io/zone", "DoNotSchedule"],
        ["kubernetes.io/hostname", "ScheduleAnyway"],
      ]);
      for (const { labelSelector } of pod.topologySpreadConstraints) {
        for (const [key, value] of Object.entries(labelSelector.matchLabels))
          expect(spec.template.metadata.labels[key]).toBe(value);
      }
    });
  }

  it("that run Superset call their first container superset and can write to /tmp and the state folder alone", () => {
    for (const { name, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      const pod = spec.template.spec;
      const [container] = pod.containers;
      expecting(name, container?.name).toBe("superset");
      const emptyDirs = pod.volumes.filter((volume) => "emptyDir" in volume).map((volume) => volume["name"]);
      expecting(name, emptyDirs).toStrictEqual(["tmp", "state"]);
      const writable = container?.volumeMounts.filter((mount) => !mount.readOnly).map((mount) => mount.mountPath);
      expecting(name, writable).toStrictEqual(["/tmp", "/var/lib/superset"]);
    }
  });

  it("wait for their image's schema before Superset starts, the migrating one excepted", () => {
    for (const { name, kind, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      const [init] = spec.template.spec.initContainers ?? [];
      if (kind === "Job") {
        expecting("the migration must not wait for itself", init).toBeUndefined();
        continue;
      }
      present(init, name);
      expecting(name, init.command?.slice(0, 3)).toStrictEqual([
        "python",
        "-m",
        "homeroom_superset.jobs.schema_revision",
      ]);
      expecting(`${name} waits for another image's schema`, init.image).toBe(spec.template.spec.containers[0]?.image);
    }
  });

  it("have probes that fit what they run", () => {
    const path = (probe?: { httpGet?: { path: string } }): string | undefined => probe?.httpGet?.path;
    const [superset, exporter] = web.containers;
    for (const kind of ["startupProbe", "readinessProbe", "livenessProbe"] as const) {
      expect(path(superset?.[kind])).toBe("/health");
      const [tokens] = specOf<Workload>(named("Deployment", "superset-tokens")).template.spec.containers;
      expect(path(tokens?.[kind])).toBe("/v1/health");
    }
    expect(exporter?.name).toBe("statsd-exporter");
    for (const worker of ["superset-worker", "superset-beat"]) {
      const [container] = specOf<Workload>(named("Deployment", worker)).template.spec.containers;
      present(container, worker);
      expecting(worker, container.startupProbe?.exec).toBeDefined();
      expecting(worker, container.livenessProbe?.exec).toBeDefined();
    }
  });

  it("are replaced one by one without a gap, except the scheduler, of which two would run a task twice", () => {
    const strategies = Object.fromEntries(
      workloads()
        .filter(({ kind }) => kind === "Deployment")
        .map(({ name, spec }) => [name, spec.strategy]),
    );
    const withoutGap = { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };
    expect(strategies).toStrictEqual({
      "superset-beat": { type: "Recreate" },
      "superset-tokens": withoutGap,
      "superset-web": withoutGap,
      "superset-worker": withoutGap,
    });
  });

  it("end gracefully: the web drains before gunicorn's own grace, both within the pod's", () => {
    const drain = Number(web.containers[0]?.lifecycle?.preStop?.exec.command[1]);
    expect(drain).toBeGreaterThan(0);
    expect(web.terminationGracePeriodSeconds).toBeGreaterThanOrEqual(drain + platform.timeouts.gracefulSeconds);
    const worker = specOf<Workload>(named("Deployment", "superset-worker")).template.spec;
    expect(worker.terminationGracePeriodSeconds * 1000).toBeGreaterThan(platform.timeouts.queryMs);
  });

  it("migrate in a Job named by the image's digest and its own template, which Kubernetes holds immutable", () => {
    const job = (change: Parameters<typeof manifests>[0] = {}): { name: string; template: string } => {
      const [found, ...others] = ofKind("Job", manifests(change));
      expect(others).toStrictEqual([]);
      const { template } = specOf<Workload>(found ?? named("Job", "superset-migrate"));
      return { name: found?.metadata.name ?? "", template: JSON.stringify(template) };
    };
    expect(job().name).toMatch(/^superset-migrate-a1a1a1a1a1a1-[0-9a-f]{8}$/);
    expect(job().name).toBe(job({ webReplicasMax: 40, frameAncestors: ["https://other.example"] }).name);
    const otherTemplate = job({ databaseCaPem: "another authority", tenant: "another" });
    expect(otherTemplate.template).not.toBe(job().template);
    expect(otherTemplate.name).not.toBe(job().name);
  });
});
