type Labels = Readonly<Record<string, string>>;

export interface Pod {
  readonly namespace: string;
  readonly labels: Labels;
  readonly ports: readonly number[];
  /** Selectors of the Services before it. */
  readonly services: readonly Labels[];
}

/** Somebody's wish to reach a Service's pods, at the port where they answer. */
export interface Call {
  readonly by: string;
  readonly namespace: string;
  readonly selector: Labels;
  readonly port: number;
}

export interface Connections {
  readonly pods: readonly Pod[];
  /** Ports that the API server calls: webhooks and aggregated APIs. */
  readonly called: readonly Call[];
  /** Ports that Prometheus reads. */
  readonly scraped: readonly Call[];
}

interface Rendered {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string; readonly labels?: Labels };
  // Each kind has its own; the functions below name the part they read.
  readonly spec?: unknown;
  readonly webhooks?: readonly { readonly clientConfig: { readonly service?: Target } }[];
}

interface Target {
  readonly name: string;
  readonly namespace: string;
  readonly port?: number;
}

interface NamedPort {
  readonly name?: string;
  readonly containerPort: number;
}

interface ServiceSpec {
  readonly selector?: Labels;
  readonly ports: readonly { readonly name?: string; readonly port: number; readonly targetPort?: number | string }[];
}

interface Template {
  readonly metadata: { readonly labels?: Labels };
  readonly spec: { readonly hostNetwork?: boolean; readonly containers: readonly { readonly ports?: NamedPort[] }[] };
}

/** Reads from a rendered chart who calls whom; pods in the node's own network are under no policy and left out. */
export function connectionsOf(rendered: readonly unknown[], namespace: string): Connections {
  const objects = rendered.filter((object): object is Rendered => object !== null);
  const services = objects.filter(({ kind }) => kind === "Service");
  const templates = objects.flatMap(({ spec }) => {
    const template = (spec as { template?: Template } | undefined)?.template;
    return template?.spec?.containers === undefined || template.spec.hostNetwork === true ? [] : [template];
  });
  const portsOf = (template: Template): NamedPort[] => template.spec.containers.flatMap(({ ports }) => ports ?? []);
  const pods = templates.map((template): Pod => {
    const labels = template.metadata.labels ?? {};
    const before = services
      .map(({ spec }) => (spec as ServiceSpec).selector ?? {})
      .filter((one) => within(one, labels));
    const ports = portsOf(template).map(({ containerPort }) => containerPort);
    return { namespace, labels, ports: unique(ports), services: unique(before) };
  });
  const call = (by: string, service: Rendered, listed: ServiceSpec["ports"][number] | undefined): Call[] => {
    const { selector = {} } = service.spec as ServiceSpec;
    const target = listed?.targetPort ?? listed?.port;
    const behind = templates.filter(({ metadata }) => within(selector, metadata.labels ?? {})).flatMap(portsOf);
    const port = typeof target === "number" ? target : behind.find(({ name }) => name === target)?.containerPort;
    return port === undefined ? [] : [{ by, namespace: service.metadata.namespace ?? namespace, selector, port }];
  };
  const called = objects.flatMap(({ kind, webhooks = [], spec }) => {
    const targets = webhooks.flatMap(({ clientConfig }) => clientConfig.service ?? []);
    const aggregated = kind === "APIService" ? (spec as { service?: Target }).service : undefined;
    return [...targets, ...(aggregated === undefined ? [] : [aggregated])].flatMap(({ name, port = 443 }) =>
      services
        .filter(({ metadata }) => metadata.name === name)
        .flatMap((service) =>
          call(
            kind,
            service,
            (service.spec as ServiceSpec).ports.find((listed) => listed.port === port),
          ),
        ),
    );
  });
  const scraped = objects
    .filter(({ kind }) => kind === "ServiceMonitor")
    .flatMap(({ metadata, spec }) => {
      const { selector, endpoints } = spec as {
        selector: { matchLabels?: Labels; matchExpressions?: { key: string; values: string[] }[] };
        endpoints: { port?: string; targetPort?: string | number }[];
      };
      return services
        .filter(({ metadata: { labels = {} } }) => within(selector.matchLabels ?? {}, labels))
        .filter(({ metadata: { labels = {} } }) =>
          (selector.matchExpressions ?? []).every(({ key, values }) => values.includes(labels[key] ?? "")),
        )
        .flatMap((service) =>
          endpoints.flatMap(({ port, targetPort }) =>
            call(
              metadata.name,
              service,
              (service.spec as ServiceSpec).ports.find((one) => one.name === port || one.targetPort === targetPort) ??
                (service.spec as ServiceSpec).ports.find((one) => one.name === targetPort),
            ),
          ),
        );
    });
  return { pods, called, scraped };
}

export function within(some: Labels, labels: Labels): boolean {
  return Object.entries(some).every(([key, value]) => labels[key] === value);
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Map(values.map((value) => [JSON.stringify(value), value])).values()];
}
