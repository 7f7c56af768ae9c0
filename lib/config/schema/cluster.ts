import { z } from "zod";
import { versions } from "../../versions.ts";
import { protectionSchema } from "./protection.ts";
import { retentionDaysSchema } from "./retention.ts";

/**
 * The block in which Kubernetes services, its DNS among them, have their addresses: outside every 10.x block of a
 * VPC.
 */
export const serviceCidr = "172.20.0.0/16";
/**
 * The addresses of Kubernetes' own Service, which is the first of the block, and of the cluster's DNS, which EKS
 * makes the tenth.
 */
export const kubernetesAddress = "172.20.0.1";
export const dnsAddress = "172.20.0.10";

const addonVersion = z
  .string()
  .regex(/^v\d+\.\d+\.\d+-eksbuild\.\d+$/, 'a version of an EKS add-on, "v1.2.3-eksbuild.4"');

export const clusterSchema = z.strictObject({
  kubernetes: z.enum(versions.kubernetes),
  compute: z.discriminatedUnion("mode", [
    z.strictObject({ mode: z.literal("auto") }),
    z.strictObject({
      mode: z.literal("nodegroups"),
      instanceType: z.string(),
      nodes: z.int().min(2).max(50),
      /** Versions of EKS add-ons; `aws eks describe-addon-versions` lists those of a Kubernetes version. */
      addons: z.strictObject({
        vpcCni: addonVersion,
        kubeProxy: addonVersion,
        coreDns: addonVersion,
        podIdentityAgent: addonVersion,
        ebsCsi: addonVersion,
      }),
    }),
  ]),
  /** IAM role names, in the deployment's account, that administer the cluster. */
  adminRoles: z.array(z.string().regex(/^[\w+=,.@-]+$/, "an IAM role name, not an ARN")).min(1),
  logDays: retentionDaysSchema,
  deletionProtection: protectionSchema,
});

export type Cluster = z.output<typeof clusterSchema>;
