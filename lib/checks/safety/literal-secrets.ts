const keyMaterial = /-----BEGIN [A-Z ]*PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b|:\/\/[^/\s:@"]+:[^/\s@"]+@/;
const secretName = /^(?:.*password|secretstring|authtoken|passwords)$/i;

/**
 * Finds key material, passwords in URLs and literal passwords in a template or in Kubernetes objects, by their path.
 * It never quotes the values.
 */
export function literalSecrets(value: unknown, path: string): string[] {
  if (typeof value === "string") return keyMaterial.test(value) ? [`${path}: key material or a password in a URL`] : [];
  if (Array.isArray(value)) return value.flatMap((child, index) => literalSecrets(child, `${path}[${index}]`));
  if (value === null || typeof value !== "object") return [];
  const kind =
    "kind" in value && value.kind === "Secret" && "apiVersion" in value ? [`${path}: a Kubernetes Secret`] : [];
  const members = Object.entries(value).flatMap(([key, child]) => {
    const literal = secretName.test(key) && holdsLiteral(child) ? [`${path}.${key}: a literal value`] : [];
    return [...literal, ...literalSecrets(child, `${path}.${key}`)];
  });
  return [...kind, ...members];
}

function holdsLiteral(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsLiteral);
  return typeof value === "string" && !value.startsWith("{{resolve:secretsmanager:");
}
