import { X509Certificate } from "node:crypto";
import { describe, expect, it } from "@jest/globals";
import { Match } from "aws-cdk-lib/assertions";
import { manifestObjects } from "../../lib/checks/manifest-text.ts";
import { databaseCaPem } from "../../lib/workload/database-ca.ts";
import { environments, synthesise } from "./synthesis.ts";
import { expecting } from "../support/expecting.ts";

const maxManifestBytes = 200_000;

describe("workload", () => {
  const synthesis = synthesise(environments.dev);
  const dev = synthesis.template("workload");
  const manifests = synthesis
    .resources()
    .filter(({ stack, resource }) => stack === "workload" && resource.Type === "Custom::AWSCDK-EKS-KubernetesResource");

  it("applies Superset's objects from its own stack, so that a failed create can be repeated", () => {
    expect(manifests.length).toBeGreaterThanOrEqual(4);
    for (const { stack, id, resource } of manifests) {
      expecting(id, stack).toBe("workload");
      expecting(id, resource.Properties?.["Overwrite"]).toBe(true);
    }
  });

  it("keeps every manifest below the kubectl function's payload", () => {
    for (const { id, resource } of manifests) {
      const { length } = JSON.stringify(resource.Properties?.["Manifest"]);
      expecting(`${id}: ${length} bytes`, length).toBeLessThan(maxManifestBytes);
    }
  });

  it("gives pods the database and the two Redis by reference, over TLS, without a password", () => {
    const text = JSON.stringify(manifests.map(({ resource }) => manifestObjects(resource.Properties?.["Manifest"])));
    expect(text).toMatch(/postgresql\+psycopg2:\/\/superset_metadata@deploy-time:5432\/homeroom_metadata\?sslmode=/);
    expect(text).toMatch(/postgresql\+psycopg2:\/\/analytics_reader@schools\.dev\.internal:5432\/homeroom_schools/);
    expect(text).toMatch(/rediss:\/\/superset@deploy-time:6379/);
  });

  it("verifies the databases' certificates against the region's authorities", () => {
    const text = JSON.stringify(manifests.map(({ resource }) => manifestObjects(resource.Properties?.["Manifest"])));
    expect(text).toMatch(/homeroom_metadata\?sslmode=verify-full&sslrootcert=/);
    expect(text).not.toMatch(/sslmode=require/);
    const roots = databaseCaPem("ap-southeast-2").split(/(?<=-----END CERTIFICATE-----\n)/);
    for (const pem of roots.filter((part) => part.trim() !== "")) {
      const { subject, validTo } = new X509Certificate(pem);
      expect(subject).toMatch(/CN=Amazon RDS ap-southeast-2 Root CA/);
      expect(Date.parse(validTo)).toBeGreaterThan(Date.parse("2050-01-01"));
    }
    expect(() => databaseCaPem("mars-north-1")).toThrow(/no RDS authority/);
  });

  it("trusts the authority of an analytics database too, beside the region's", () => {
    const caPem = databaseCaPem("eu-central-1");
    const { analyticsDatabases = [], ...rest } = environments.dev;
    const databases = analyticsDatabases.map((database) => ({ ...database, caPem }));
    const [bundle] = synthesise({ ...rest, analyticsDatabases: databases })
      .objects("workload")
      .flatMap(({ data }) => (data?.["ca.pem"] === undefined ? [] : [data["ca.pem"]]));
    expect(bundle).toBe(databaseCaPem("ap-southeast-2") + caPem);
  });

  it("asks the issuer of certificates that the add-ons made", () => {
    const issuerOf = (name: keyof typeof environments): unknown =>
      synthesise(environments[name])
        .resources()
        .filter(({ stack, resource }) => stack === "workload" && resource.Type.endsWith("KubernetesResource"))
        .flatMap(({ resource }) => manifestObjects(resource.Properties?.["Manifest"]))
        .map((object) => object as { kind: string; spec: { issuerRef: unknown } })
        .find(({ kind }) => kind === "Certificate")?.spec.issuerRef;
    expect(issuerOf("dev")).toStrictEqual({ group: "cert-manager.io", kind: "ClusterIssuer", name: "public-ca" });
    expect(issuerOf("prod")).toStrictEqual({
      group: "awspca.cert-manager.io",
      kind: "AWSPCAClusterIssuer",
      name: "private-ca",
    });
  });

  it("carries no unresolved, re-cased or numeric token", () => {
    for (const { id, resource } of manifests) {
      const text = JSON.stringify(resource.Properties?.["Manifest"]);
      expecting(id, text).not.toMatch(/\$\{Token\[/i);
      expecting(id, text).not.toMatch(/-1\.888154589\d+e\+289/);
    }
  });

  it("opens the five ways to data to the pods alone", () => {
    dev.resourceCountIs("AWS::EC2::SecurityGroupIngress", 5);
    dev.allResourcesProperties("AWS::EC2::SecurityGroupIngress", {
      SourceSecurityGroupId: Match.anyValue(),
      CidrIp: Match.absent(),
    });
    for (const { id, resource } of synthesis.resources()) {
      if (resource.Type !== "AWS::EC2::SecurityGroupIngress") continue;
      const { FromPort, ToPort } = resource.Properties ?? {};
      expecting(`${id} opens one port`, FromPort).toBeDefined();
      expecting(`${id} opens one port`, ToPort).toStrictEqual(FromPort);
    }
  });

  it("lets each service account read its own secrets and no others", () => {
    dev.resourceCountIs("AWS::EKS::PodIdentityAssociation", 3);
    const readable = (id: string): string => {
      const policy = synthesis
        .resources()
        .find(({ id: name }) => name.startsWith(`SecretReaders${id}RoleDefaultPolicy`));
      return JSON.stringify(policy?.resource.Properties);
    };
    expect(readable("App")).not.toMatch(/signing-keys|admin-password|secret:\*/);
    expect(readable("App")).toMatch(/metadata-user/);
    expect(readable("Migrate")).toMatch(/admin-password/);
    expect(readable("Tokens")).toMatch(/signing-keys/);
    expect(readable("Tokens")).not.toMatch(/metadata-user|secret-key|admin|cache/);
  });
});
