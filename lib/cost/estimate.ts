import type { Data, Database, Redis } from "../config/schema/data.ts";
import type { Deployment } from "../config/schema/deployment.ts";
import { atRest } from "../config/schema/pod-needs.ts";
import { isOn } from "../config/schema/protection.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import { assumed, type Found, priceOf } from "./price.ts";
import counted from "./resources.json" with { type: "json" };

/** One line of a bill. */
export interface Line {
  readonly what: string;
  /** The units that are counted each month, such as "2 × 730 h". */
  readonly units: string;
  readonly usd: number;
  readonly found: Found;
}

/** Resources of a stack that cost by the piece. */
export interface Pieces {
  readonly keys: number;
  readonly secrets: number;
  readonly alarms: number;
}

const hours = assumed.hoursPerMonth;
const zones = 3;

/** Returns what one region of an environment costs each month before anybody opens a dashboard. */
export function fixedCost(deployment: Deployment): Line[] {
  const { network, data, audit, edge } = deployment;
  const gateways = network.egress.mode === "none" ? 0 : network.egress.natGateways;
  return [
    hourly("EKS control plane", "eks-cluster-hour", 1),
    ...nodes(deployment),
    hourly("Network Load Balancer", "nlb-hour", 1),
    hourly("its capacity units", "nlb-lcu-hour", assumed.loadBalancerUnits),
    hourly("interface endpoints, one per zone", "endpoint-zone-hour", counted.endpoints * zones),
    hourly("NAT gateways", "nat-hour", gateways),
    hourly("public IPv4 addresses", "ipv4-hour", zones + gateways),
    ...stores(data),
    ...database("audit database", audit.database),
    ...pieces(counted.fixed),
    monthly("logs of network and control plane, GB taken in", "logs-gb", assumed.logGbPerMonth),
    monthly("backups beyond the free part, GB", "backup-gb-month", data.metadata.storageGb + audit.database.storageGb),
    monthly("hosted zone", "hosted-zone-month", 1),
    ...(edge.certificates.mode === "private-ca"
      ? [monthly("private certificate authority", "private-ca-month", 1)]
      : []),
  ].filter(({ usd }) => usd > 0);
}

/** Returns what one tenant adds to a region by its isolation: an instance has data stores, keys and pods of its own. */
export function tenantCost({ isolation }: Pick<Tenant, "isolation">, deployment: Deployment): Line[] {
  if (isolation === "shared") return [];
  if (isolation === "database") return pieces(counted.tenant);
  const { data, workload, cluster } = deployment;
  return [
    ...(cluster.compute.mode === "auto" ? autoNodes(nodesFor(atRest(workload))) : []),
    ...stores(data),
    ...pieces(counted.instance),
    monthly("backups beyond the free part, GB", "backup-gb-month", data.metadata.storageGb),
  ];
}

export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

function nodes({ workload, cluster: { compute } }: Deployment): Line[] {
  if (compute.mode === "nodegroups") {
    return [hourly(`nodes, ${compute.instanceType}`, `ec2-${compute.instanceType}-hour`, compute.nodes)];
  }
  const { cpu, memoryGib } = atRest(workload);
  const all = { cpu: cpu + assumed.addonCpu, memoryGib: memoryGib + assumed.addonMemoryGib };
  return autoNodes(Math.max(zones, nodesFor(all)));
}

function nodesFor({ cpu, memoryGib }: { readonly cpu: number; readonly memoryGib: number }): number {
  return Math.ceil(Math.max(cpu / assumed.nodeCpu, memoryGib / assumed.nodeMemoryGib));
}

function autoNodes(count: number): Line[] {
  const machine = hourly("nodes for the smallest number of pods, m7g.large", "ec2-m7g.large-hour", count);
  const share = priceOf("eks-auto-share");
  return [
    machine,
    {
      what: "EKS Auto Mode on them",
      units: `${share.usd * 100} %`,
      usd: machine.usd * share.usd,
      found: machine.found,
    },
  ];
}

function stores({ metadata, cache, broker }: Data): Line[] {
  return [
    ...database("metadata database", metadata),
    redis("Redis of caches", cache),
    redis("Redis of the queue", broker),
  ];
}

function database(what: string, { instanceClass, multiAz, storageGb }: Database): Line[] {
  const copies = isOn(multiAz) ? 2 : 1;
  return [
    hourly(`${what}, ${instanceClass}${copies === 2 ? ", two zones" : ""}`, `rds-${instanceClass}-hour`, copies),
    monthly(`${what}, storage GB`, "rds-gp3-gb-month", storageGb * copies),
  ];
}

function redis(what: string, { nodeType, replicas }: Redis): Line {
  return hourly(`${what}, ${nodeType}`, `${nodeType}-hour`, 1 + replicas);
}

function pieces({ keys, secrets, alarms }: Pieces): Line[] {
  return [
    monthly("KMS keys", "kms-key-month", keys),
    monthly("secrets", "secret-month", secrets),
    monthly("alarms", "alarm-month", alarms),
  ].filter(({ usd }) => usd > 0);
}

function hourly(what: string, name: string, count: number): Line {
  const { usd, found } = priceOf(name);
  return { what, units: `${count} × ${hours} h`, usd: usd * count * hours, found };
}

function monthly(what: string, name: string, count: number): Line {
  const { usd, found } = priceOf(name);
  return { what, units: String(count), usd: usd * count, found };
}
