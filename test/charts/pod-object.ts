/** The pod that a workload makes, as an object of its own: Pod Security refuses pods, it only warns about workloads. */
export function podObject(manifest: object, namespace: string): object | undefined {
  const { kind, metadata, spec } = manifest as {
    kind: string;
    metadata: { name: string };
    spec?: { template?: { metadata?: object; spec?: object } };
  };
  if (spec?.template?.spec === undefined) return undefined;
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { ...spec.template.metadata, name: `${metadata.name}-${kind.toLowerCase()}-pod`, namespace },
    spec: spec.template.spec,
  };
}
