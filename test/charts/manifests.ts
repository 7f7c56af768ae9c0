import { type SupersetChartProps, supersetManifests } from "../../charts/superset/superset.ts";
import { fixture } from "./fixture.ts";
import { present } from "../support/narrowing.ts";

export interface Container {
  readonly name: string;
  readonly image: string;
  readonly command?: string[];
  readonly args?: string[];
  readonly env?: { name: string; value?: string; valueFrom?: unknown }[];
  readonly envFrom?: { configMapRef?: { name: string }; secretRef?: unknown }[];
  readonly ports?: { name: string; containerPort: number }[];
  readonly securityContext: Record<string, unknown>;
  readonly resources: { requests: Record<string, string>; limits: Record<string, string> };
  readonly volumeMounts: { name: string; mountPath: string; readOnly?: boolean }[];
  readonly startupProbe?: Probe;
  readonly readinessProbe?: Probe;
  readonly livenessProbe?: Probe;
  readonly lifecycle?: { preStop?: { exec: { command: string[] } } };
}

export interface Probe {
  readonly httpGet?: { path: string; port: string | number };
  readonly exec?: { command: string[] };
}

export interface PodSpec {
  readonly containers: Container[];
  readonly initContainers?: Container[];
  readonly volumes: Record<string, unknown>[];
  readonly automountServiceAccountToken: boolean;
  readonly serviceAccountName: string;
  readonly securityContext: Record<string, unknown>;
  readonly terminationGracePeriodSeconds: number;
  readonly topologySpreadConstraints: {
    topologyKey: string;
    whenUnsatisfiable: string;
    labelSelector: { matchLabels: Labels };
  }[];
}

export type Labels = Record<string, string>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { name: string; namespace?: string; labels?: Labels; annotations?: Labels };
  readonly data?: Labels;
  // A manifest's spec differs by kind; each test names the part it reads.
  readonly spec?: unknown;
}

export function manifests(
  change: Partial<SupersetChartProps> = {},
  without: readonly (keyof SupersetChartProps)[] = [],
): Manifest[] {
  const props: SupersetChartProps = { ...fixture, ...change };
  for (const key of without) Reflect.deleteProperty(props, key);
  return supersetManifests(props) as Manifest[];
}

export function ofKind(kind: string, all = manifests()): Manifest[] {
  return all.filter((manifest) => manifest.kind === kind);
}

export function named(kind: string, name: string, all = manifests()): Manifest {
  const found = ofKind(kind, all).find((manifest) => manifest.metadata.name === name);
  present(found, `${kind}/${name} is missing`);
  return found;
}

export function specOf<T>(manifest: Manifest): T {
  return manifest.spec as T;
}

export interface Workload {
  readonly replicas?: number;
  readonly selector?: { matchLabels: Labels };
  readonly strategy?: { type: string };
  readonly template: { metadata: { labels: Labels; annotations?: Labels }; spec: PodSpec };
}

export function workloads(all = manifests()): { name: string; kind: string; spec: Workload }[] {
  return all
    .filter(({ kind }) => kind === "Deployment" || kind === "Job")
    .map((manifest) => ({ name: manifest.metadata.name, kind: manifest.kind, spec: specOf<Workload>(manifest) }));
}

export function containersOf(spec: PodSpec): Container[] {
  return [...(spec.initContainers ?? []), ...spec.containers];
}
