import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { createCertificates } from "../../local/certificates.ts";
import { temporaryFolder } from "./folder.ts";

const hosts = ["analytics1.homeroom.localhost", "school.localhost"];

describe("local certificates", () => {
  const root = temporaryFolder();
  const fresh = (): string => mkdtempSync(join(root, "tls-"));

  it("cover every host and verify against the authority, whose key is not kept", async () => {
    const folder = fresh();
    const files = await createCertificates(folder, hosts);
    const server = new X509Certificate(readFileSync(files.certificate));
    const authority = new X509Certificate(readFileSync(files.authority));
    assert.ok(server.verify(authority.publicKey));
    assert.ok(server.checkIssued(authority));
    assert.ok(authority.ca && !server.ca);
    for (const host of hosts) assert.equal(server.checkHost(host), host);
    assert.equal(server.checkHost("evil.localhost"), undefined);
    assert.deepEqual(readdirSync(folder).sort(), ["ca.crt", "server.crt", "server.key"]);
    assert.equal(statSync(files.key).mode & 0o777, 0o600);
  });

  it("are kept while they are good, and renewed for other hosts, near their end, or when cut off", async () => {
    const folder = fresh();
    const { certificate } = await createCertificates(folder, hosts);
    const read = (): string => readFileSync(certificate, "utf8");
    const first = read();
    await createCertificates(folder, hosts);
    assert.equal(read(), first);
    await createCertificates(folder, [...hosts, "studio.homeroom.localhost"]);
    const second = read();
    assert.notEqual(second, first);
    await createCertificates(folder, [...hosts, "studio.homeroom.localhost"], new Date(Date.now() + 380 * 86_400_000));
    const third = read();
    assert.notEqual(third, second);
    writeFileSync(certificate, third.slice(0, 100));
    await createCertificates(folder, hosts);
    assert.ok(new X509Certificate(readFileSync(certificate)).checkHost(hosts[0] ?? ""));
  });
});
