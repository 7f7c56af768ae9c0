import { partOf, storageClass } from "../../../contract/index.ts";

/** Disks of Loki and Prometheus: encrypted, and kept when their claim goes. */
export function encryptedStorageClass(compute: "auto" | "nodegroups", diskKeyArn: string): object {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: { name: storageClass, labels: partOf },
    provisioner: compute === "auto" ? "ebs.csi.eks.amazonaws.com" : "ebs.csi.aws.com",
    parameters: { type: "gp3", encrypted: "true", kmsKeyId: diskKeyArn },
    reclaimPolicy: "Retain",
    allowVolumeExpansion: true,
    volumeBindingMode: "WaitForFirstConsumer",
  };
}
