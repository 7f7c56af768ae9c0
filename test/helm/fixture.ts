import { addons } from "../../contract/index.ts";
import type { AddonNetworkProps } from "../../charts/addons/cluster/allowed-connections.ts";
import { type AddonRelease, addonReleases, type AddonsProps } from "../../charts/addons/helm/releases.ts";

const registry = "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com";

const keys = addons.releases.flatMap(({ images }) => Object.keys(images));

const base: AddonsProps = {
  registry,
  region: "ap-southeast-2",
  // A digest of its own for each image, so that a test sees when one chart is given another's.
  digests: Object.fromEntries(keys.map((key, index) => [key, `sha256:${(index + 16).toString(16).repeat(32)}`])),
  clusterName: "homeroom-prod",
  vpcId: "vpc-0123456789abcdef0",
  compute: "auto",
  certificates: "private-ca",
  instanceNamespaces: ["superset", "tenant-south"],
  logTenants: ["shared", "south"],
  dnsAddress: "172.20.0.10",
  loadBalancerCidrs: ["10.30.0.0/22"],
  chunksBucket: "homeroom-prod-loki-chunks",
  rulerBucket: "homeroom-prod-loki-ruler",
  secretRefreshMinutes: 2,
  logDays: 365,
  metricDays: 30,
  highlyAvailable: true,
};

export const addonsFixture: AddonsProps = {
  ...base,
  targetGroupArn: "arn:aws:elasticloadbalancing:ap-southeast-2:111111111111:targetgroup/edge/0123456789abcdef",
  alarms: { arn: "arn:aws:sns:ap-southeast-2:111111111111:homeroom-prod-alarms", region: "ap-southeast-2" },
};

/** Every way in which configuration shapes the add-ons, by a name. */
export const addonVariants: Readonly<Record<string, AddonsProps>> = {
  "prod on Auto Mode": addonsFixture,
  "dev on node groups": { ...base, compute: "nodegroups", certificates: "public-ca", highlyAvailable: false },
};

export function release(name: string, props: AddonsProps = addonsFixture): AddonRelease {
  const found = addonReleases(props).find((candidate) => candidate.name === name);
  if (found === undefined) throw new Error(`no release ${name}`);
  return found;
}

export const addonNetwork: AddonNetworkProps = {
  kubernetesAddress: "172.20.0.1",
  dnsAddress: addonsFixture.dnsAddress,
  workloadCidrs: ["10.30.32.0/19", "10.30.64.0/19"],
  loadBalancerCidrs: addonsFixture.loadBalancerCidrs,
  dataCidrs: ["10.30.128.0/24"],
  instanceNamespaces: addonsFixture.instanceNamespaces,
  certificates: "private-ca",
};
