import { pods } from "../../../contract/index.ts";
import type { Workload } from "./workload.ts";

/** The resources that pods ask Kubernetes for, all together. */
export interface Needs {
  readonly cpu: number;
  readonly memoryGib: number;
  readonly pods: number;
}

type Component = "web" | "worker" | "beat" | "migrate" | "tokens";
type Replicas = Pick<Workload, "web" | "workers">;

/** Returns what the smallest number of pods of one Superset needs, before any traffic. */
export function atRest({ web, workers }: Replicas): Needs {
  return sum({
    web: web.minReplicas,
    worker: workers.minReplicas,
    beat: 1,
    tokens: pods.tokenServiceReplicas,
  });
}

/** Returns the same while an image changes: one pod more of each that rolls, and the Job that they all wait for. */
export function whileRolling(workload: Replicas): Needs {
  const steady = atRest(workload);
  const more = sum({ web: 1, worker: 1, tokens: 1, migrate: 1 });
  return {
    cpu: steady.cpu + more.cpu,
    memoryGib: steady.memoryGib + more.memoryGib,
    pods: steady.pods + more.pods,
  };
}

function sum(counts: Readonly<Partial<Record<Component, number>>>): Needs {
  let [millicores, mebibytes, all] = [0, 0, 0];
  for (const [component, count] of Object.entries(counts) as [Component, number][]) {
    for (const { cpu, memory } of containersOf(component)) {
      millicores += count * inMillicores(cpu);
      mebibytes += count * inMebibytes(memory);
    }
    all += count;
  }
  return { cpu: millicores / 1000, memoryGib: mebibytes / 1024, pods: all };
}

function containersOf(component: Component): { readonly cpu: string; readonly memory: string }[] {
  const { statsdExporter, ...requests } = pods.requests;
  const container = requests[component];
  return component === "web" || component === "worker" ? [container, statsdExporter] : [container];
}

function inMillicores(quantity: string): number {
  const [, amount] = /^(\d+)m$/.exec(quantity) ?? [];
  if (amount === undefined) throw new Error(`contract/pods.json: cpu "${quantity}"; write millicores, as "250m"`);
  return Number(amount);
}

function inMebibytes(quantity: string): number {
  const [, amount, unit] = /^(\d+)(Mi|Gi)$/.exec(quantity) ?? [];
  if (amount === undefined) throw new Error(`contract/pods.json: memory "${quantity}"; write "512Mi" or "1Gi"`);
  return Number(amount) * (unit === "Gi" ? 1024 : 1);
}
