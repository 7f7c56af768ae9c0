import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { addons } from "../../contract/index.ts";
import { foreignCharts } from "../../lib/checks/residency/charts.ts";
import { manifestObjects } from "../../lib/checks/manifest-text.ts";
import { nodeGroups } from "./node-groups.ts";
import { environments, type KubernetesObject, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";
import { expecting } from "../support/expecting.ts";

type Resources = ReturnType<ReturnType<typeof synthesise>["json"]>["Resources"];

interface OutputReference {
  readonly "Fn::GetStackOutput": { readonly OutputName: string };
}

interface KeyStatement {
  readonly Action: string | readonly string[];
  readonly Principal: { readonly AWS: string | OutputReference };
  readonly Condition?: object;
}

/** Namespaces made by what a resource waits for, and those that every cluster has. */
function namespacesBefore(id: string, resources: Resources, seen = new Set<string>()): Set<string> {
  const made = new Set(["kube-system"]);
  if (seen.has(id)) return made;
  seen.add(id);
  const { DependsOn = [] } = resources[id] ?? {};
  for (const before of [DependsOn].flat()) {
    const { Type, Properties } = resources[before] ?? {};
    if (Type === "Custom::AWSCDK-EKS-KubernetesResource")
      for (const { kind, metadata } of manifestObjects(Properties?.["Manifest"]) as KubernetesObject[])
        if (kind === "Namespace") made.add(metadata.name);
    for (const name of namespacesBefore(before, resources, seen)) made.add(name);
  }
  return made;
}

/** Charts put objects into the namespaces that they are to watch. */
function namedNamespaces(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) =>
    /^watch\w*namespace$/i.test(key) && typeof child === "string"
      ? child.split(",").filter((name) => name !== "")
      : namedNamespaces(child),
  );
}

describe("registry", () => {
  const template = synthesise(environments.prod).template("registry");

  it("holds a repository for every chart and image of the list and for our own images", () => {
    const images = addons.releases.flatMap((release) => Object.keys(release.images));
    template.resourceCountIs("AWS::ECR::Repository", images.length + addons.releases.length + 3);
  });

  it("keeps a version what it is, scans it and encrypts it", () => {
    template.allResourcesProperties("AWS::ECR::Repository", {
      ImageTagMutability: "IMMUTABLE",
      ImageScanningConfiguration: { ScanOnPush: true },
      EncryptionConfiguration: Match.objectLike({ EncryptionType: "KMS" }),
    });
  });
});

describe("add-ons", () => {
  const prod = synthesise(environments.prod).template("addons");
  const dev = synthesise(environments.dev).template("addons");

  it("install each release at its version from the account's own registry and wait for it", () => {
    for (const [template, account] of [
      [prod, "222222222222"],
      [dev, "111111111111"],
    ] as const) {
      const releases = Object.values(template.findResources("Custom::AWSCDK-EKS-HelmChart")) as {
        Properties: { Release: string; Repository: string; Version: string; Wait: boolean };
      }[];
      expect(releases.length).toBeGreaterThanOrEqual(11);
      for (const { Properties } of releases) {
        const listed = addons.releases.find(({ name }) => name === Properties.Release);
        expect(Properties.Version).toBe(listed?.chart.version);
        expect(Properties.Repository).toMatch(new RegExp(`^oci://${account}\\.dkr\\.ecr\\.ap-southeast-2\\.`));
        expect(Properties.Wait).toBe(true);
      }
    }
  });

  it("are installed when every namespace that their values name is there", () => {
    for (const deployment of [environments.dev, environments.prod, whole]) {
      const { Resources } = synthesise(deployment).json("addons");
      for (const [id, { Type, Properties }] of Object.entries(Resources)) {
        if (Type !== "Custom::AWSCDK-EKS-HelmChart") continue;
        const values = manifestObjects(Properties?.["Values"]) as unknown;
        const made = namespacesBefore(id, Resources);
        for (const name of [String(Properties?.["Namespace"]), ...namedNamespaces(values)])
          expecting(`${id}: nothing makes ${name} first`, made).toContain(name);
      }
    }
  });

  it("refuse a chart or an image from elsewhere", () => {
    const registry = { account: "111111111111", regions: ["ap-southeast-2"] };
    const own = "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com";
    const release = (repository: string, image: string, version?: string) => ({
      Type: "Custom::AWSCDK-EKS-HelmChart",
      Properties: {
        Repository: repository,
        ...(version && { Version: version }),
        Values: JSON.stringify({ image: { repository: image } }),
      },
    });
    expect(
      foreignCharts(release(`oci://${own}/homeroom/charts/loki`, `${own}/homeroom/loki`, "1"), registry),
    ).toStrictEqual([]);
    expect(foreignCharts(release("oci://elsewhere.example/loki", `${own}/loki`, "1"), registry)).toHaveLength(1);
    expect(foreignCharts(release(`oci://${own}/loki`, "docker.io/grafana/loki", "1"), registry)).toHaveLength(1);
    expect(foreignCharts(release(`oci://${own}/loki`, `${own}/loki`), registry)).toHaveLength(1);
  });

  it("let cert-manager write TXT records of one zone and nothing else", () => {
    const policies = JSON.stringify(dev.findResources("AWS::IAM::Policy"));
    expect(policies).toMatch(/"route53:ChangeResourceRecordSetsRecordTypes":\["TXT"\]/);
    expect(policies).toMatch(/hostedzone\/Z0000000000DEV/);
    expect(policies).not.toMatch(/ListHostedZones|hostedzone\/\*/);
    expect(JSON.stringify(prod.findResources("AWS::IAM::Policy"))).not.toMatch(/route53/);
  });

  it("give each its own role by Pod Identity: Loki one bucket, KEDA the broker's password, Alertmanager one topic", () => {
    const accounts = Object.values(prod.findResources("AWS::EKS::PodIdentityAssociation")).map((resource) => {
      const { Namespace, ServiceAccount } = (resource as { Properties: Record<string, string> }).Properties;
      return `${Namespace}/${ServiceAccount}`;
    });
    expect(accounts.sort()).toStrictEqual([
      "cert-manager/aws-privateca-issuer",
      "keda/keda-operator",
      "logs/loki",
      "monitoring/alertmanager",
      "monitoring/grafana",
    ]);
    prod.hasResourceProperties("AWS::IAM::Policy", {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({
            Action: ["secretsmanager:DescribeSecret", "secretsmanager:GetSecretValue"],
            Resource: Match.stringLikeRegexp("secret:homeroom/prod/broker-redis-password"),
          }),
        ]),
      },
    });
  });

  it("lets who makes disks use their key: the cluster itself in Auto Mode, the driver's role beside node groups", () => {
    for (const [deployment, maker] of [
      [environments.prod, /^ClusterRole/],
      [nodeGroups, /^EbsCsiRole/],
    ] as const) {
      const synthesis = synthesise(deployment);
      const [key] = Object.entries(synthesis.json("addons").Resources).filter(([id]) => id.startsWith("DiskKey"));
      const { Statement: statements } = key?.[1].Properties?.["KeyPolicy"] as { Statement: KeyStatement[] };
      const allowed = statements.filter(({ Principal: { AWS } }) => typeof AWS !== "string");
      expect(allowed.map(({ Action }) => Action)).toStrictEqual([
        ["kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey*", "kms:ReEncrypt*"],
        ["kms:CreateGrant", "kms:ListGrants", "kms:RevokeGrant"],
      ]);
      expect(allowed[1]?.Condition).toStrictEqual({ Bool: { "kms:GrantIsForAWSResource": "true" } });
      const outputs = synthesis.json("cluster").Outputs ?? {};
      for (const { Principal } of allowed) {
        const output = (Principal.AWS as OutputReference)["Fn::GetStackOutput"].OutputName;
        const { Value } = outputs[output] as { Value: { "Fn::GetAtt": [string, string] } };
        expect(Value["Fn::GetAtt"][0]).toMatch(maker);
      }
    }
  });

  it("keep pod logs in a bucket of their own that nobody can read from outside and no deploy deletes", () => {
    prod.allResources("AWS::S3::Bucket", { DeletionPolicy: "RetainExceptOnCreate" });
    prod.allResourcesProperties("AWS::S3::Bucket", {
      PublicAccessBlockConfiguration: { BlockPublicAcls: true, RestrictPublicBuckets: true },
    });
  });

  it("switch the enforcement of network policies on, at the cluster and at its nodes", () => {
    const found = synthesise(environments.prod).objects("addons");
    const cni = found.find(({ metadata }) => metadata.name === "amazon-vpc-cni");
    expect(cni?.data?.["enable-network-policy-controller"]).toBe("true");
    const nodes = found.find(({ kind }) => kind === "NodeClass");
    expect(nodes?.spec?.["networkPolicy"]).toBe("DefaultAllow");
    expect(nodes?.spec?.["networkPolicyEventLogs"]).toBe("Enabled");
    synthesise(environments.prod)
      .template("cluster")
      .hasResourceProperties("AWS::EKS::Cluster", { ComputeConfig: Match.objectLike({ NodePools: ["system"] }) });
  });

  it("issue certificates as configuration says", () => {
    const issuer = (name: keyof typeof environments): string[] =>
      synthesise(environments[name])
        .objects("addons")
        .filter(({ kind }) => kind.endsWith("ClusterIssuer"))
        .map(({ kind, metadata }) => `${kind}/${metadata.name}`);
    expect(issuer("dev")).toStrictEqual(["ClusterIssuer/public-ca"]);
    expect(issuer("prod")).toStrictEqual(["AWSPCAClusterIssuer/private-ca"]);
  });
});
