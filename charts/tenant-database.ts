export interface TenantDatabaseProps {
  readonly tenant: string;
  /** Of the Superset that reads the database: its namespace and its instance name. */
  readonly namespace: string;
  readonly instance: string;
  readonly cidrs: readonly string[];
  readonly port: number;
}

/** One more edge of the data-flow picture: from the shared Superset to the database of one tenant. */
export function tenantDatabaseManifests({ tenant, namespace, instance, cidrs, port }: TenantDatabaseProps): object[] {
  return [
    {
      apiVersion: "networking.k8s.io/v1",
      kind: "NetworkPolicy",
      metadata: {
        name: `${instance}-superset-to-tenant-${tenant}`,
        namespace,
        labels: { "app.kubernetes.io/part-of": "homeroom", "homeroom/tenant": tenant },
      },
      spec: {
        podSelector: {
          matchLabels: { "app.kubernetes.io/instance": instance },
          matchExpressions: [
            { key: "app.kubernetes.io/component", operator: "In", values: ["web", "worker", "migrate"] },
          ],
        },
        policyTypes: ["Egress"],
        egress: [{ to: cidrs.map((cidr) => ({ ipBlock: { cidr } })), ports: [{ protocol: "TCP", port }] }],
      },
    },
  ];
}
