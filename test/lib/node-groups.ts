import dev from "../../config/dev.ts";
import type { DeploymentInput } from "../../lib/config/schema/deployment.ts";

const addons = {
  vpcCni: "v1.20.1-eksbuild.1",
  kubeProxy: "v1.36.0-eksbuild.1",
  coreDns: "v1.13.1-eksbuild.1",
  podIdentityAgent: "v1.3.8-eksbuild.1",
  ebsCsi: "v1.50.1-eksbuild.1",
};

/** The other way to have nodes; both environments use Auto Mode. */
export const nodeGroups = {
  ...dev,
  cluster: { ...dev.cluster, compute: { mode: "nodegroups", instanceType: "m7g.large", nodes: 3, addons } },
} satisfies DeploymentInput;
