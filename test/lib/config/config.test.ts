import assert from "node:assert/strict";
import { describe, it } from "node:test";
import dev from "../../../config/dev.ts";
import { ConfigurationError, parseDeployment } from "../../../lib/config/parse.ts";
import { switchedOff } from "../../../lib/config/switched-off.ts";
import { databaseCaPem } from "../../../lib/workload/database-ca.ts";
import { environments } from "../synthesis.ts";

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
    it(`accepts config/${name}.ts`, () => assert.equal(problems(input), ""));
  }

  it("names every problem with its path, value and what is allowed, in one error", () => {
    const message = problems({
      ...dev,
      account: "42",
      colour: "blue",
      edge: { ...dev.edge, certificates: { mode: "none" } },
      workload: { ...dev.workload, web: { minReplicas: "2", maxReplicas: 4 } },
    });
    assert.match(message, /config\/test\.ts has 4 problems/);
    assert.match(message, /account: got "42"; allowed: an AWS account id of 12 digits/);
    assert.match(message, /colour: unknown key/);
    assert.match(message, /edge\.certificates\.mode: got "none"; allowed: "public-ca" \| "private-ca"/);
    assert.match(message, /workload\.web\.minReplicas: got "2"/);
  });

  it("refuses a region outside the zone", () => {
    const [region] = dev.regions;
    assert.match(
      problems({ ...dev, regions: [{ ...region, name: "us-east-1" }] }),
      /residency AU allows ap-southeast-2, ap-southeast-4 only/,
    );
  });

  it("refuses an attached database outside the zone", () => {
    const [database] = dev.analyticsDatabases;
    assert.match(
      problems({ ...dev, analyticsDatabases: [database, { ...database, id: "abroad", region: "eu-west-1" }] }),
      /analyticsDatabases\[1\]\.region: got "eu-west-1"/,
    );
  });

  it("takes the authority of an attached database, and nothing else in its place", () => {
    const [database] = dev.analyticsDatabases;
    const given = (caPem: string) => problems({ ...dev, analyticsDatabases: [{ ...database, caPem }] });
    const authority = databaseCaPem("eu-central-1");
    assert.doesNotMatch(given(authority), /caPem/);
    const key = authority.replaceAll("CERTIFICATE", "PRIVATE KEY");
    for (const wrong of ["", "./ca.pem", key, `${authority}and more`]) assert.match(given(wrong), /caPem: got/, wrong);
  });

  it("refuses a public certificate authority without egress", () => {
    assert.match(
      problems({ ...dev, network: { ...dev.network, egress: { mode: "none" } } }),
      /edge\.certificates\.mode: got "public-ca"/,
    );
  });

  it("refuses a key that retires before the last token ends", () => {
    const signingKeys = { ...dev.identity.signingKeys, retireAfterMinutes: 60 };
    assert.match(
      problems({ ...dev, identity: { ...dev.identity, signingKeys } }),
      /retireAfterMinutes: got 60; allowed: at least 61/,
    );
  });

  it("refuses a key that signs before every verifier can have read it", () => {
    const signingKeys = { ...dev.identity.signingKeys, activateAfterMinutes: 3 };
    assert.match(
      problems({ ...dev, identity: { ...dev.identity, signingKeys } }),
      /activateAfterMinutes: got 3; allowed: at least 7/,
    );
  });

  it("refuses an issuer for an unknown tenant, and a tenant without an issuer", () => {
    const [issuer] = dev.identity.issuers;
    const message = problems({
      ...dev,
      identity: { ...dev.identity, issuers: [{ ...issuer, tenants: ["north", "west"] }] },
    });
    assert.match(message, /identity\.issuers\[0\]\.tenants\[1\]: got "west"/);
    assert.match(message, /tenants\[1\]\.id: got "south"/);
  });

  it("refuses two tenants with one id", () => {
    assert.match(problems({ ...dev, tenants: [...dev.tenants, dev.tenants[0]] }), /tenants\[2\]\.id: got "north"/);
  });

  it("refuses a tenant's database on a port that the shared pods cannot reach", () => {
    const [shared, south] = dev.analyticsDatabases;
    assert.match(
      problems({ ...dev, analyticsDatabases: [shared, { ...south, port: 5433 }] }),
      /analyticsDatabases\[1\]\.port: got 5433; allowed: 5432, the port of "shared"/,
    );
  });

  it("refuses an instance whose hosts are another's", () => {
    const [north, south] = dev.tenants;
    const instance = { ...south, isolation: "instance", hostnames: ["studio.dev.homeroom.example"] };
    assert.match(problems({ ...dev, tenants: [north, instance] }), /a host other than that of the studio/);
  });

  it("refuses an image by tag", () => {
    const images = { ...dev.workload.images, superset: { repository: "homeroom/superset", digest: "latest" } };
    assert.match(
      problems({ ...dev, workload: { ...dev.workload, images } }),
      /workload\.images\.superset\.digest: got "latest"/,
    );
  });

  it("refuses a protection that is off without a reason", () => {
    const cluster = { ...dev.cluster, deletionProtection: false };
    assert.match(problems({ ...dev, cluster }), /cluster\.deletionProtection: got false/);
  });

  it("lists what is off, with its reason", () => {
    const lines = switchedOff(parseDeployment("config/dev.ts", dev));
    assert.ok(lines.some((line) => line.startsWith("cluster.deletionProtection is off: the cluster holds no state")));
    assert.deepEqual(switchedOff(parseDeployment("config/prod.ts", environments.prod)), []);
  });
});
