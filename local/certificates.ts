import "reflect-metadata";
import { webcrypto } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509Certificate,
  X509CertificateGenerator,
} from "@peculiar/x509";

const keyAlgorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const dayMs = 86_400_000;

export interface CertificateFiles {
  readonly authority: string;
  readonly certificate: string;
  readonly key: string;
}

export function certificateFiles(folder: string): CertificateFiles {
  return {
    authority: join(folder, "ca.crt"),
    certificate: join(folder, "server.crt"),
    key: join(folder, "server.key"),
  };
}

/**
 * Creates a local certificate authority and one server certificate for all hosts, unless current ones exist. The
 * authority's private key is never stored, so nobody can forge other names with a trusted authority; a renewed server
 * certificate therefore comes with a new authority.
 */
export async function createCertificates(
  folder: string,
  hosts: readonly string[],
  now = new Date(),
): Promise<CertificateFiles> {
  const files = certificateFiles(folder);
  if (isCurrent(files, hosts, now)) return files;

  const notBefore = new Date(now.getTime() - dayMs);
  const notAfter = new Date(now.getTime() + 397 * dayMs);
  const authorityKeys = await webcrypto.subtle.generateKey(keyAlgorithm, false, ["sign", "verify"]);
  const serverKeys = await webcrypto.subtle.generateKey(keyAlgorithm, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=Homeroom local development, O=Homeroom",
      notBefore,
      notAfter,
      keys: authorityKeys,
      signingAlgorithm: keyAlgorithm,
      extensions: [
        new BasicConstraintsExtension(true, 0, true),
        new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
        await SubjectKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const server = await X509CertificateGenerator.create(
    {
      subject: `CN=${hosts[0]}`,
      issuer: authority.subject,
      notBefore,
      notAfter,
      publicKey: serverKeys.publicKey,
      signingKey: authorityKeys.privateKey,
      signingAlgorithm: keyAlgorithm,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension(hosts.map((value) => ({ type: "dns", value }))),
        await AuthorityKeyIdentifierExtension.create(authorityKeys.publicKey, false, webcrypto),
      ],
    },
    webcrypto,
  );
  const key = PemConverter.encode(await webcrypto.subtle.exportKey("pkcs8", serverKeys.privateKey), "PRIVATE KEY");
  // The certificate is written last: isCurrent() reads it, so an interrupted start creates all three files again.
  replaceFile(files.key, key, 0o600);
  replaceFile(files.authority, authority.toString("pem"), 0o644);
  replaceFile(files.certificate, server.toString("pem"), 0o644);
  return files;
}

function replaceFile(path: string, content: string, mode: number): void {
  writeFileSync(`${path}.new`, `${content.trim()}\n`, { mode });
  renameSync(`${path}.new`, path);
}

function isCurrent(files: CertificateFiles, hosts: readonly string[], now: Date): boolean {
  if (![files.authority, files.certificate, files.key].every((path) => existsSync(path))) return false;
  const server = readCertificate(files.certificate);
  const authority = readCertificate(files.authority);
  if (!server || !authority) return false;
  const names =
    server
      .getExtension(SubjectAlternativeNameExtension)
      ?.names.toJSON()
      .map((name) => name.value) ?? [];
  const lasts = server.notAfter.getTime() - now.getTime() > 30 * dayMs;
  return (
    lasts &&
    server.issuer === authority.subject &&
    hosts.length === names.length &&
    hosts.every((host) => names.includes(host))
  );
}

function readCertificate(path: string): X509Certificate | undefined {
  try {
    return new X509Certificate(readFileSync(path, "utf8"));
  } catch {
    // A damaged certificate is created again, as a missing one is.
    return undefined;
  }
}
