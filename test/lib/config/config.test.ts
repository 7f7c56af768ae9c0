import { describe, expect, it } from "@jest/globals";
import dev from "../../../config/dev.ts";
import { ConfigurationError, parseDeployment } from "../../../lib/config/parse.ts";
import { switchedOff } from "../../../lib/config/switched-off.ts";
import { databaseCaPem } from "../../../lib/workload/database-ca.ts";
import { environments } from "../synthesis.ts";
import { expecting } from "../../support/expecting.ts";

function problems(input: unknown): string {
  try {
    parseDeployment("config/test.ts", input);
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
  return "";
}

describe("configuration", () => {
  for (const [name, input] of Object.entries(environments)) {
    it(`accepts config/${name}.ts`, () => expect(problems(input)).toBe(""));
  }

  it("names every problem with its path, value and what is allowed, in one error", () => {
    const message = problems({
      ...dev,
      account: "42",
      colour: "blue",
      edge: { ...dev.edge, certificates: { mode: "none" } },
      workload: { ...dev.workload, web: { minReplicas: "2", maxReplicas: 4 } },
    });
    expect(message).toMatch(/config\/test\.ts has 4 problems/);
    expect(message).toMatch(/account: got "42"; allowed: an AWS account id of 12 digits/);
    expect(message).toMatch(/colour: unknown key/);
    expect(message).toMatch(/edge\.certificates\.mode: got "none"; allowed: "public-ca" \| "private-ca"/);
    expect(message).toMatch(/workload\.web\.minReplicas: got "2"/);
  });

  it("refuses a region outside the zone", () => {
    const [region] = dev.regions;
    expect(problems({ ...dev, regions: [{ ...region, name: "us-east-1" }] })).toMatch(
      /residency AU allows ap-southeast-2, ap-southeast-4 only/,
    );
  });

  it("refuses an attached database outside the zone", () => {
    const [database] = dev.analyticsDatabases;
    expect(
      problems({ ...dev, analyticsDatabases: [database, { ...database, id: "abroad", region: "eu-west-1" }] }),
    ).toMatch(/analyticsDatabases\[1\]\.region: got "eu-west-1"/);
  });

  it("takes the authority of an attached database, and nothing else in its place", () => {
    const [database] = dev.analyticsDatabases;
    const given = (caPem: string) => problems({ ...dev, analyticsDatabases: [{ ...database, caPem }] });
    const authority = databaseCaPem("eu-central-1");
    expect(given(authority)).not.toMatch(/caPem/);
    const key = authority.replaceAll("CERTIFICATE", "PRIVATE KEY");
    for (const wrong of ["", "./ca.pem", key, `${authority}and more`])
      expecting(wrong, given(wrong)).toMatch(/caPem: got/);
  });

  it("refuses a public certificate authority without egress", () => {
    expect(problems({ ...dev, network: { ...dev.network, egress: { mode: "none" } } })).toMatch(
      /edge\.certificates\.mode: got "public-ca"/,
    );
  });

  it("refuses a key that retires before the last token ends", () => {
    const signingKeys = { ...dev.identity.signingKeys, retireAfterMinutes: 60 };
    expect(problems({ ...dev, identity: { ...dev.identity, signingKeys } })).toMatch(
      /retireAfterMinutes: got 60; allowed: at least 61/,
    );
  });

  it("refuses a key that signs before every verifier can have read it", () => {
    const signingKeys = { ...dev.identity.signingKeys, activateAfterMinutes: 3 };
    expect(problems({ ...dev, identity: { ...dev.identity, signingKeys } })).toMatch(
      /activateAfterMinutes: got 3; allowed: at least 7/,
    );
  });

  it("refuses an issuer for an unknown tenant, and a tenant without an issuer", () => {
    const [issuer] = dev.identity.issuers;
    const message = problems({
      ...dev,
      identity: { ...dev.identity, issuers: [{ ...issuer, tenants: ["north", "west"] }] },
    });
    expect(message).toMatch(/identity\.issuers\[0\]\.tenants\[1\]: got "west"/);
    expect(message).toMatch(/tenants\[1\]\.id: got "south"/);
  });

  it("refuses two tenants with one id", () => {
    expect(problems({ ...dev, tenants: [...dev.tenants, dev.tenants[0]] })).toMatch(/tenants\[2\]\.id: got "north"/);
  });

  it("refuses a tenant's database on a port that the shared pods cannot reach", () => {
    const [shared, south] = dev.analyticsDatabases;
    expect(problems({ ...dev, analyticsDatabases: [shared, { ...south, port: 5433 }] })).toMatch(
      /analyticsDatabases\[1\]\.port: got 5433; allowed: 5432, the port of "shared"/,
    );
  });

  it("refuses an instance whose hosts are another's", () => {
    const [north, south] = dev.tenants;
    const instance = { ...south, isolation: "instance", hostnames: ["studio.dev.homeroom.example"] };
    expect(problems({ ...dev, tenants: [north, instance] })).toMatch(/a host other than that of the studio/);
  });

  it("refuses an image by tag", () => {
    const images = { ...dev.workload.images, superset: { repository: "homeroom/superset", digest: "latest" } };
    expect(problems({ ...dev, workload: { ...dev.workload, images } })).toMatch(
      /workload\.images\.superset\.digest: got "latest"/,
    );
  });

  it("refuses a protection that is off without a reason", () => {
    const cluster = { ...dev.cluster, deletionProtection: false };
    expect(problems({ ...dev, cluster })).toMatch(/cluster\.deletionProtection: got false/);
  });

  it("lists what is off, with its reason", () => {
    const lines = switchedOff(parseDeployment("config/dev.ts", dev));
    expect(lines.some((line) => line.startsWith("cluster.deletionProtection is off: the cluster holds no state"))).toBe(
      true,
    );
    expect(switchedOff(parseDeployment("config/prod.ts", environments.prod))).toStrictEqual([]);
  });
});
