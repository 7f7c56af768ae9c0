// KUBECONFIG=… tsx test/cluster/run.ts: an API server judges every manifest by server-side dry run, `restricted` enforced.
// Kinds whose CRD the cluster lacks are reported as not judged, never as passed; --strict turns them into a failure.
// --install-crds adds the missing ones of test/cluster/crds for the time of the run: for a throwaway cluster only.
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { ingressNamespace } from "../../contract/index.ts";
import { addonPolicies } from "../../charts/addons/cluster/addon-policies.ts";
import { grafanaSecretClass } from "../../charts/addons/cluster/grafana-secret.ts";
import { addonNamespaces } from "../../charts/addons/cluster/namespaces.ts";
import { autoModeNodes } from "../../charts/addons/cluster/nodes.ts";
import { ingressAccess } from "../../charts/addons/cluster/ingress-access.ts";
import { encryptedStorageClass } from "../../charts/addons/cluster/storage-class.ts";
import { targetGroupBinding } from "../../charts/addons/cluster/target-group.ts";
import { dns01ClusterIssuer } from "../../charts/addons/helm/cert-manager.ts";
import { privateCaClusterIssuer } from "../../charts/addons/helm/private-ca.ts";
import { quotaManifests } from "../../charts/superset/quota.ts";
import { supersetManifests } from "../../charts/superset/superset.ts";
import { fixture } from "../charts/fixture.ts";
import { addonNetwork } from "../helm/fixture.ts";
import { podObject } from "../charts/pod-object.ts";

interface Verdict {
  readonly object: string;
  readonly outcome: "accepted" | "refused" | "not judged" | "unpublished";
  readonly message: string;
}

interface Manifest {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
}

const namespace = `homeroom-check-${process.pid}`;
const issuer = dns01ClusterIssuer({
  name: fixture.tlsClusterIssuer,
  region: fixture.region,
  hostedZoneId: "Z0123456789",
  acmeServer: "https://acme.example/directory",
  email: "operations@homeroom.example",
});
const diskKeyArn = `arn:aws:kms:${fixture.region}:111111111111:key/00000000-0000-0000-0000-000000000000`;
/** Moves an object into the namespace of the run: the add-ons' own are not made. */
const here = (object: object): Manifest => {
  const { metadata, ...rest } = object as Manifest;
  return { ...rest, metadata: { ...metadata, namespace } };
};
const target = {
  targetGroupArn: `arn:aws:elasticloadbalancing:${fixture.region}:111111111111:targetgroup/edge/0`,
  port: 443,
};
const addonObjects = [
  ...addonNamespaces(),
  // Into the namespace of the run: the add-ons' own are not made, and no name of one is judged twice.
  ...(addonPolicies(addonNetwork) as Manifest[]).map(({ metadata, ...rest }) => ({
    ...rest,
    metadata: { ...metadata, name: `${metadata.namespace}-${metadata.name}`, namespace },
  })),
  encryptedStorageClass("auto", diskKeyArn),
  ...autoModeNodes({ roleName: "nodes", subnetIds: ["subnet-1"], securityGroupId: "sg-1", diskKeyArn }),
  ...ingressAccess([namespace]).filter((object) => (object as Manifest).metadata.namespace !== ingressNamespace),
  here(grafanaSecretClass("homeroom/dev/grafana-admin", fixture.region)),
  here(targetGroupBinding({ ...target, compute: "nodegroups", name: "https" })),
  here(targetGroupBinding({ ...target, compute: "auto", name: "https-of-auto-mode" })),
  privateCaClusterIssuer({
    name: "private-ca",
    region: fixture.region,
    authorityArn: `arn:aws:acm-pca:${fixture.region}:111111111111:certificate-authority/00000000-0000-0000-0000-000000000000`,
  }),
  ...quotaManifests({ namespace, tenant: fixture.tenant, cpu: 8, memoryGib: 32, pods: 40 }),
];
/** AWS publishes no definitions of Auto Mode's own kinds; only an account can judge them. */
const unpublished = "eks.amazonaws.com/v1";
const manifests = [...supersetManifests({ ...fixture, namespace }), issuer, ...addonObjects] as Manifest[];
const crdFolder = fileURLToPath(new URL("crds/", import.meta.url));

function kubectl(args: readonly string[], input?: string): { status: number; output: string } {
  const run = spawnSync("kubectl", args, { input, encoding: "utf8", timeout: 60_000 });
  if (run.error) throw new Error(`kubectl cannot run (${run.error.message}); put it on PATH`);
  return { status: run.status ?? 1, output: `${run.stdout}${run.stderr}`.trim() };
}

function judge(manifest: Manifest): Verdict {
  const object = `${manifest.kind}/${manifest.metadata.name}`;
  const { status, output } = kubectl(
    ["apply", "--server-side", "--dry-run=server", "--validate=strict", "--field-manager=homeroom-check", "-f", "-"],
    JSON.stringify(manifest),
  );
  // Pod Security answers a workload with a warning and a pod with a refusal; both count.
  if (status === 0 && !output.includes("would violate PodSecurity"))
    return { object, outcome: "accepted", message: "" };
  const missing = output.includes("no matches for kind") || output.includes("could not find the requested resource");
  if (missing && manifest.apiVersion === unpublished) return { object, outcome: "unpublished", message: "" };
  return { object, outcome: missing ? "not judged" : "refused", message: output };
}

/** Names of the CRDs that were missing and are there now. */
function installCrds(): string[] {
  const names = readdirSync(crdFolder).filter((file) => file.endsWith(".yaml"));
  const added = names
    .filter((file) => kubectl(["create", "-f", `${crdFolder}${file}`]).status === 0)
    .map((file) => file.replace(/\.yaml$/, ""));
  if (added.length > 0) {
    const ready = kubectl([
      "wait",
      "--for=condition=Established",
      "--timeout=30s",
      ...added.map((name) => `crd/${name}`),
    ]);
    if (ready.status !== 0) throw new Error(`the CRDs were not established: ${ready.output}`);
  }
  return added;
}

function run(): number {
  const version = kubectl(["version", "--output=json"]);
  if (version.status !== 0) {
    console.error(`No API server answers; set KUBECONFIG to a cluster that may be asked.\n${version.output}`);
    return 2;
  }
  const [first, ...rest] = manifests;
  if (first?.kind !== "Namespace") throw new Error("the first manifest must be the Namespace");
  const created = kubectl(["create", "-f", "-"], JSON.stringify(first));
  if (created.status !== 0) {
    console.error(created.output);
    return 1;
  }
  const added = process.argv.includes("--install-crds") ? installCrds() : [];
  try {
    for (const manifest of rest.filter(({ kind }) => kind === "ServiceAccount")) {
      kubectl(["create", "-f", "-"], JSON.stringify(manifest));
    }
    const running = rest.filter(({ kind }) => kind !== "NodePool");
    const pods = running.flatMap((manifest) => podObject(manifest, namespace) ?? []);
    return report([...rest, ...(pods as Manifest[])].map(judge), refusesRootPod(pods[0] as PodLike));
  } finally {
    kubectl(["delete", "namespace", namespace, "--wait=false"]);
    if (added.length > 0) kubectl(["delete", "crd", ...added, "--wait=false"]);
  }
}

interface PodLike extends Manifest {
  readonly spec: Record<string, unknown>;
}

/** Proves that the namespace enforces: the same pod without its security context must be refused. */
function refusesRootPod(pod: PodLike): boolean {
  const root = { ...pod, spec: { ...pod.spec, securityContext: {} } };
  return judge(root).message.includes('violates PodSecurity "restricted');
}

function report(verdicts: readonly Verdict[], enforced: boolean): number {
  for (const { object, outcome, message } of verdicts) {
    console.log(
      `${outcome.padEnd(10)}  ${object}${message && `\n            ${message.split("\n").join("\n            ")}`}`,
    );
  }
  const count = (outcome: Verdict["outcome"]): number =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  console.log(
    `${count("accepted")} accepted, ${count("refused")} refused, ${count("not judged")} not judged (no CRD), ${count("unpublished")} that AWS alone defines; ` +
      `Pod Security restricted ${enforced ? "enforced" : "NOT ENFORCED"}`,
  );
  const strictFailure = process.argv.includes("--strict") && count("not judged") > 0;
  return count("refused") > 0 || !enforced || strictFailure ? 1 : 0;
}

process.exitCode = run();
