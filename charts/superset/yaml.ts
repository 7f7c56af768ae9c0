import { stringify } from "yaml";

/** Prints objects as one YAML text that `kubectl apply` takes. */
export function toYaml(manifests: readonly object[]): string {
  return manifests.map((manifest) => stringify(manifest, { lineWidth: 0, aliasDuplicateObjects: false })).join("---\n");
}
