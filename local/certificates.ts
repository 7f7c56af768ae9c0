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

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY = 86_400_000;

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
 * A local certificate authority and one server certificate for all hosts. The authority's private key is never stored, so nobody can
 * use a trusted authority to forge other names; a renewed server certificate therefore comes with a new authority.
 */
export async function createCertificates(
  folder: string,
  hosts: readonly string[],
  now = new Date(),
): Promise<CertificateFiles> {
  const files = certificateFiles(folder);
  if (isCurrent(files, hosts, now)) return files;

  const notBefore = new Date(now.getTime() - DAY);
  const notAfter = new Date(now.getTime() + 397 * DAY);
  const authorityKeys = await webcrypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
  const serverKeys = await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const authority = await X509CertificateGenerator.createSelfSigned(
    {
      name: "CN=Homeroom local development, O=Homeroom",
      notBefore,
      notAfter,
      keys: authorityKeys,
      signingAlgorithm: ALGORITHM,
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
      signingAlgorithm: ALGORITHM,
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
  // The certificate comes last: `isCurrent` looks at it, so an interrupted start makes all three again.
  replace(files.key, key, 0o600);
  replace(files.authority, authority.toString("pem"), 0o644);
  replace(files.certificate, server.toString("pem"), 0o644);
  return files;
}

function replace(path: string, content: string, mode: number): void {
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
  const lasts = server.notAfter.getTime() - now.getTime() > 30 * DAY;
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
    // Cut off or damaged: made anew like a missing one.
    return undefined;
  }
}
