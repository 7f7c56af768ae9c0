import { createHash } from "node:crypto";
import { k8s } from "cdk8s-plus-33";
import { type Component, platform, pods, serviceAccounts, supersetName } from "../../contract/index.ts";
import { processEnvironment } from "./environment.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import {
  containerSecurity,
  databaseCaMount,
  podTemplate,
  scratchVolume,
  secretMount,
  secretVolume,
  stateMount,
  temporaryMount,
} from "./pod.ts";

export interface SupersetPodProps {
  readonly component: Exclude<Component, "tokens">;
  readonly secretProviderClass: string;
  readonly command: string[];
  readonly terminationGracePeriodSeconds: number;
  /** The requests and limits of docs/resources.md. */
  readonly resources: Requests;
  readonly container?: Partial<k8s.Container>;
  /** Runs the exporter that turns StatsD into Prometheus metrics beside Superset. */
  readonly metrics?: boolean;
  /** Waits until the metadata database has the schema revision of the image. */
  readonly waitsForSchema: boolean;
  readonly restartPolicy?: "OnFailure";
}

export const configMapName = `${supersetName}-environment`;
export const databaseCaName = `${supersetName}-database-ca`;
export const statsdConfigName = `${supersetName}-statsd`;

/**
 * Returns the host and the shared parts of every pod that runs the Superset image; its container is always
 * `superset`.
 */
export function supersetPod(instance: ResolvedProps, props: SupersetPodProps): k8s.PodTemplateSpec {
  const mounts = [
    secretMount,
    temporaryMount,
    stateMount,
    ...(instance.databaseCaPem === undefined ? [] : [databaseCaMount]),
  ];
  const fromImage = {
    image: instance.image,
    imagePullPolicy: "IfNotPresent",
    envFrom: [{ configMapRef: { name: configMapName } }],
    securityContext: containerSecurity,
    volumeMounts: mounts,
  };
  const superset: k8s.Container = {
    ...fromImage,
    name: "superset",
    command: props.command,
    resources: resources(props.resources),
    ...props.container,
  };
  return podTemplate(instance, {
    component: props.component,
    serviceAccountName: serviceAccounts[props.component === "migrate" ? "migrate" : "app"],
    terminationGracePeriodSeconds: props.terminationGracePeriodSeconds,
    // The Job's template is immutable, so only Deployments roll when the environment changes.
    ...(props.component !== "migrate" && { annotations: { "homeroom/config-checksum": configChecksum(instance) } }),
    ...(props.restartPolicy && { restartPolicy: props.restartPolicy }),
    ...(props.waitsForSchema && {
      initContainers: [
        {
          ...fromImage,
          name: "wait-for-schema",
          command: ["python", "-m", "homeroom_superset.jobs.schema_revision", "--wait-seconds", "600"],
          resources: resources({ cpu: "50m", memory: "64Mi", memoryLimit: "128Mi" }),
        },
      ],
    }),
    containers: [superset, ...(props.metrics ? [statsdExporter(instance)] : [])],
    volumes: [
      secretVolume(props.secretProviderClass),
      scratchVolume("tmp", "512Mi"),
      scratchVolume("state", "256Mi"),
      ...(instance.databaseCaPem === undefined ? [] : [{ name: "database-ca", configMap: { name: databaseCaName } }]),
      ...(props.metrics ? [{ name: "statsd", configMap: { name: statsdConfigName } }] : []),
    ],
  });
}

/**
 * The resources of a container. It has no CPU limit: throttling a Python worker mid-request costs more than the
 * node's fair share does.
 */
export interface Requests {
  readonly cpu: string;
  readonly memory: string;
  readonly memoryLimit: string;
}

export function resources({ cpu, memory, memoryLimit }: Requests): k8s.ResourceRequirements {
  return {
    requests: {
      cpu: k8s.Quantity.fromString(cpu),
      memory: k8s.Quantity.fromString(memory),
      "ephemeral-storage": k8s.Quantity.fromString("64Mi"),
    },
    limits: { memory: k8s.Quantity.fromString(memoryLimit), "ephemeral-storage": k8s.Quantity.fromString("1Gi") },
  };
}

export const statsdMetricsPort = 9102;

function statsdExporter(instance: ResolvedProps): k8s.Container {
  return {
    name: "statsd-exporter",
    image: instance.statsdExporterImage,
    imagePullPolicy: "IfNotPresent",
    args: [
      `--statsd.listen-udp=127.0.0.1:${platform.ports.statsd}`,
      "--statsd.listen-tcp=",
      `--web.listen-address=:${statsdMetricsPort}`,
      "--statsd.mapping-config=/etc/statsd/mapping.yaml",
    ],
    ports: [{ name: "metrics", containerPort: statsdMetricsPort }],
    readinessProbe: { httpGet: { path: "/-/ready", port: k8s.IntOrString.fromString("metrics") }, periodSeconds: 10 },
    livenessProbe: { httpGet: { path: "/-/healthy", port: k8s.IntOrString.fromString("metrics") }, periodSeconds: 30 },
    resources: resources(pods.requests.statsdExporter),
    securityContext: containerSecurity,
    volumeMounts: [{ name: "statsd", mountPath: "/etc/statsd", readOnly: true }],
  };
}

function configChecksum(instance: ResolvedProps): string {
  return createHash("sha256")
    .update(JSON.stringify([processEnvironment(instance), instance.databaseCaPem ?? null]))
    .digest("hex");
}
