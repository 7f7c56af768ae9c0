import { X509Certificate } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
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
    expect(server.verify(authority.publicKey)).toBe(true);
    expect(server.checkIssued(authority)).toBe(true);
    expect(authority.ca).toBe(true);
    expect(server.ca).toBe(false);
    for (const host of hosts) expect(server.checkHost(host)).toBe(host);
    expect(server.checkHost("evil.localhost")).toBeUndefined();
    expect(readdirSync(folder).sort()).toStrictEqual(["ca.crt", "server.crt", "server.key"]);
    expect(statSync(files.key).mode & 0o777).toBe(0o600);
  });

  it("are kept while they are good, and renewed for other hosts, near their end, or when cut off", async () => {
    const folder = fresh();
    const { certificate } = await createCertificates(folder, hosts);
    const read = (): string => readFileSync(certificate, "utf8");
    const first = read();
    await createCertificates(folder, hosts);
    expect(read()).toBe(first);
    await createCertificates(folder, [...hosts, "studio.homeroom.localhost"]);
    const second = read();
    expect(second).not.toBe(first);
    await createCertificates(folder, [...hosts, "studio.homeroom.localhost"], new Date(Date.now() + 380 * 86_400_000));
    const third = read();
    expect(third).not.toBe(second);
    writeFileSync(certificate, third.slice(0, 100));
    await createCertificates(folder, hosts);
    expect(new X509Certificate(readFileSync(certificate)).checkHost(hosts[0] ?? "")).toBeTruthy();
  });
});
