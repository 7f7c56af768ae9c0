import { k8s } from "cdk8s-plus-33";
import { type Component, componentLabels, selectorLabels } from "../../contract/index.ts";
import type { ResolvedProps } from "./resolved-props.ts";
import { databaseCaDir, secretsDir, stateDir } from "./paths.ts";

/** The user of both images; the Dockerfile uses the same number. */
export const podUser = 65532;

export const containerSecurity: k8s.SecurityContext = {
  allowPrivilegeEscalation: false,
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  capabilities: { drop: ["ALL"] },
};

export interface PodTemplateProps {
  readonly component: Component;
  readonly serviceAccountName: string;
  readonly containers: k8s.Container[];
  readonly initContainers?: k8s.Container[];
  readonly volumes: k8s.Volume[];
  readonly terminationGracePeriodSeconds: number;
  readonly annotations?: Record<string, string>;
  readonly restartPolicy?: "OnFailure";
}

/** Returns a pod that Pod Security `restricted` admits: no root, no token, no writable root file system. */
export function podTemplate(instance: ResolvedProps, props: PodTemplateProps): k8s.PodTemplateSpec {
  return {
    metadata: {
      labels: componentLabels(instance, props.component),
      ...(props.annotations && { annotations: props.annotations }),
    },
    spec: {
      serviceAccountName: props.serviceAccountName,
      automountServiceAccountToken: false,
      enableServiceLinks: false,
      terminationGracePeriodSeconds: props.terminationGracePeriodSeconds,
      ...(props.restartPolicy && { restartPolicy: props.restartPolicy }),
      securityContext: {
        runAsNonRoot: true,
        runAsUser: podUser,
        runAsGroup: podUser,
        fsGroup: podUser,
        seccompProfile: { type: "RuntimeDefault" },
      },
      topologySpreadConstraints: [
        spread(props.component, "topology.kubernetes.io/zone", "DoNotSchedule"),
        spread(props.component, "kubernetes.io/hostname", "ScheduleAnyway"),
      ],
      ...(props.initContainers && { initContainers: props.initContainers }),
      containers: props.containers,
      volumes: props.volumes,
    },
  };
}

function spread(component: Component, topologyKey: string, whenUnsatisfiable: string): k8s.TopologySpreadConstraint {
  return {
    maxSkew: 1,
    topologyKey,
    whenUnsatisfiable,
    labelSelector: { matchLabels: selectorLabels(component) },
    // Without it the pods of the outgoing revision count, and a rollout ends up uneven.
    matchLabelKeys: ["pod-template-hash"],
  };
}

export function secretVolume(secretProviderClass: string): k8s.Volume {
  return {
    name: "secrets",
    csi: { driver: "secrets-store.csi.k8s.io", readOnly: true, volumeAttributes: { secretProviderClass } },
  };
}

export function scratchVolume(name: string, sizeLimit: string): k8s.Volume {
  return { name, emptyDir: { sizeLimit: k8s.Quantity.fromString(sizeLimit) } };
}

export const secretMount: k8s.VolumeMount = { name: "secrets", mountPath: secretsDir, readOnly: true };
export const temporaryMount: k8s.VolumeMount = { name: "tmp", mountPath: "/tmp" };
export const stateMount: k8s.VolumeMount = { name: "state", mountPath: stateDir };
export const databaseCaMount: k8s.VolumeMount = { name: "database-ca", mountPath: databaseCaDir, readOnly: true };
