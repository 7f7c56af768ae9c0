import { describe, expect, it } from "@jest/globals";
import { ingressAccess } from "../../../charts/addons/cluster/ingress-access.ts";
import { alloyConfig } from "../../../charts/addons/helm/alloy.ts";
import { dns01ClusterIssuer } from "../../../charts/addons/helm/cert-manager.ts";
import { UnpinnedImageError } from "../../../charts/addons/helm/chart-source.ts";
import { addonReleases, AddonsError } from "../../../charts/addons/helm/releases.ts";
import { addons, loggedPath, platform } from "../../../contract/index.ts";
import { addonsFixture, addonVariants, release } from "../../helm/fixture.ts";
import keys from "../../helm/keys.json" with { type: "json" };
import { type Keys, unknownPaths } from "../../helm/value-keys.ts";
import { expecting } from "../../support/expecting.ts";

interface AccessObject {
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  readonly rules?: readonly { readonly resources: readonly string[] }[];
}

function at(values: object, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

const nginx = release("nginx-ingress").values;
const entries = at(nginx, "controller.config.entries") as Record<string, string>;
const loki = release("loki").values;
const alloy = release("alloy").values;
const grafana = release("grafana").values;
const certManager = release("cert-manager").values;

describe("the add-ons", () => {
  it("set no value that its chart does not read", () => {
    const read = keys as unknown as Record<string, { version: string; keys: Keys }>;
    for (const props of Object.values(addonVariants)) {
      for (const { name, version, values } of addonReleases(props)) {
        expecting(`${name}: run tsx test/helm/run.ts --write with the new chart`, read[name]?.version).toBe(version);
        expecting(name, unknownPaths(values, read[name]?.keys ?? {})).toStrictEqual([]);
      }
    }
  });

  it("come from the account's own registry alone, each image once by its own digest", () => {
    for (const [variant, props] of Object.entries(addonVariants)) {
      for (const { name, repository, values } of addonReleases(props)) {
        expecting(name, repository.startsWith(`${props.registry}/homeroom/charts/`)).toBe(true);
        const listed = addons.releases.find((candidate) => candidate.name === name)?.images ?? {};
        const text = JSON.stringify(values);
        for (const key of Object.keys(listed)) {
          if (variant !== "prod on Auto Mode" && key === "loki-rollout-operator") continue;
          expecting(`${name}: ${key} is not set`, text).toContain(`homeroom/${key}"`);
          expecting(`${name}: ${key} is not pinned`, text).toContain((props.digests[key] ?? "none").slice(7));
        }
      }
    }
  });

  it("are refused without the digest of an image, and with a tag for one", () => {
    const { digests } = addonsFixture;
    const others = Object.fromEntries(Object.entries(digests).filter(([key]) => key !== "loki"));
    expect(() => addonReleases({ ...addonsFixture, digests: others })).toThrow(AddonsError);
    expect(() => addonReleases({ ...addonsFixture, digests: { ...digests, loki: "latest" } })).toThrow(
      UnpinnedImageError,
    );
  });

  it("have their definitions before the objects that need them", () => {
    const order = addonReleases(addonsFixture).map(({ name }) => name);
    for (const [first, then] of [
      ["prometheus-operator-crds", "cert-manager"],
      ["secrets-store-csi-driver", "grafana"],
      ["cert-manager", "prometheus"],
      ["loki", "alloy"],
    ] as const) {
      expecting(`${first} before ${then}`, order.indexOf(first)).toBeLessThan(order.indexOf(then));
    }
  });

  it("are those that the cluster needs: Auto Mode has a load balancer controller, a public CA needs no issuer of ours", () => {
    const names = (variant: string): string[] =>
      addonReleases(addonVariants[variant] ?? addonsFixture).map(({ name }) => name);
    expect(names("prod on Auto Mode")).not.toContain("aws-load-balancer-controller");
    expect(names("prod on Auto Mode")).toContain("aws-privateca-issuer");
    expect(names("dev on node groups")).toContain("aws-load-balancer-controller");
    expect(names("dev on node groups")).not.toContain("aws-privateca-issuer");
  });
});

describe("nothing phones home:", () => {
  const switches: [string, object, string, unknown][] = [
    ["NGINX telemetry", nginx, "controller.telemetryReporting.enable", false],
    ["NGINX agent", nginx, "nginxAgent.enable", false],
    ["Loki reporting", loki, "loki.analytics.reporting_enabled", false],
    ["Alloy reporting", alloy, "alloy.enableReporting", false],
    ["Grafana reporting", grafana, "grafana.ini.analytics.reporting_enabled", false],
    ["Grafana update check", grafana, "grafana.ini.analytics.check_for_updates", false],
    ["Grafana plugin update check", grafana, "grafana.ini.analytics.check_for_plugin_updates", false],
    ["Grafana gravatar", grafana, "grafana.ini.security.disable_gravatar", true],
    ["Grafana news", grafana, "grafana.ini.news.news_feed_enabled", false],
    ["Grafana feedback links", grafana, "grafana.ini.analytics.feedback_links_enabled", false],
    ["Grafana plugins at start", grafana, "grafana.ini.plugins.preinstall_disabled", true],
    ["Grafana plugin catalogue", grafana, "grafana.ini.plugins.plugin_admin_enabled", false],
    ["Grafana snapshots elsewhere", grafana, "grafana.ini.snapshots.external_enabled", false],
  ];
  for (const [what, values, path, expected] of switches) {
    it(what, () => {
      // Grafana's own key holds a dot.
      const value = path.startsWith("grafana.ini.")
        ? at((values as Record<string, object>)["grafana.ini"] ?? {}, path.slice("grafana.ini.".length))
        : at(values, path);
      expect(value).toBe(expected);
    });
  }

  it("Alloy's own flag says so too", () => {
    expect(at(alloy, "alloy.extraArgs")).toStrictEqual(["--disable-reporting"]);
  });
});

describe("the ingress controller", () => {
  it("logs no variable that can hold a query string, a cookie or a token", () => {
    const variables = [...(entries["log-format"] ?? "").matchAll(/\$([a-z0-9_]+)/g)].map((match) => match[1] ?? "");
    expect(variables).toContain("logged");
    expect(variables).toContain("status");
    for (const variable of variables) {
      expect(variable).not.toMatch(
        /^(uri|document_uri|request|request_uri|args|arg_.*|query_string|is_args|http_.*|cookie_.*|request_body|sent_http_.*)$/,
      );
    }
    expecting(
      "a line is one JSON object",
      JSON.parse((entries["log-format"] ?? "").replace(/":\$[a-z_]+/g, '":0')),
    ).toBeTruthy();
  });

  it("writes no error lines, which quote the whole request", () => {
    expect(entries["error-log-level"]).toBe("emerg");
  });

  it("speaks TLS 1.2 and 1.3 alone, and HTTP/2", () => {
    expect(entries["ssl-protocols"]).toBe("TLSv1.2 TLSv1.3");
    expect(entries["http2"]).toBe("True");
  });

  it("takes headers as long as gunicorn does, and bodies as the contract says", () => {
    const buffers = `large_client_header_buffers 4 ${platform.limits.headerBuffersBytes};`;
    expect(entries["http-snippets"]).toBe(`${buffers}\n${loggedPath}`);
    expect(platform.limits.headerBuffersBytes).toBeGreaterThanOrEqual(platform.limits.requestLineBytes);
    expecting("a ?jwt= request line must hold the largest token", platform.limits.requestLineBytes).toBeGreaterThan(
      platform.limits.tokenMaxBytes,
    );
    expect(entries["client-max-body-size"]).toBe(String(platform.limits.bodyMaxBytes));
  });

  it("switches PROXY protocol on at the load balancer and at nginx together, and believes the load balancer alone", () => {
    const own = release("nginx-ingress", addonVariants["dev on node groups"]).values;
    const annotation = at(own, "controller.service.annotations") as Record<string, string>;
    expect(annotation["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"]).toBe("*");
    expect(entries["proxy-protocol"]).toBe("True");
    expect(entries["set-real-ip-from"]).toBe("10.30.0.0/22");
  });

  it("reads nothing outside the namespaces of instances and its own, and secrets in those alone", () => {
    expecting("the chart's role reads every Secret of the cluster", at(nginx, "rbac.clusterrole.create")).toBe(false);
    const access = ingressAccess(addonsFixture.instanceNamespaces) as AccessObject[];
    const everywhere = access.find(({ kind, metadata }) => kind === "ClusterRole" && metadata.name === "nginx-ingress");
    expecting(
      "the chart binds the role of this name in the whole cluster",
      everywhere?.rules?.flatMap(({ resources }) => resources),
    ).toStrictEqual(["ingressclasses", "namespaces"]);
    const bound = access.filter(({ kind }) => kind.endsWith("Binding"));
    expect(bound.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`)).toStrictEqual([
      "RoleBinding superset",
      "RoleBinding tenant-south",
      "RoleBinding nginx-ingress",
    ]);
    expect(at(nginx, "controller.watchNamespace")).toBe("superset,tenant-south,nginx-ingress");
  });

  it("divides a rate limit by its replicas, which it counts at its own Service", () => {
    expect(at(nginx, "controller.reportIngressStatus.externalService")).toBe("nginx-ingress-controller");
    expect(String(at(nginx, "controller.watchNamespace"))).toMatch(/,nginx-ingress$/);
  });

  it("watches secrets of the named namespaces only, allows no snippets in an Ingress and keeps its root read-only", () => {
    expect(at(nginx, "controller.watchSecretNamespace")).toBe("superset,tenant-south");
    expect(at(nginx, "controller.enableSnippets")).toBe(false);
    expect(at(nginx, "controller.readOnlyRootFilesystem")).toBe(true);
  });
});

describe("Prometheus and Grafana", () => {
  const prometheus = release("prometheus").values;

  it("take every monitor and rule of the cluster", () => {
    for (const kind of ["rule", "serviceMonitor", "podMonitor"]) {
      expect(at(prometheus, `prometheus.prometheusSpec.${kind}SelectorNilUsesHelmValues`)).toBe(false);
    }
  });

  it("send alerts to the topic of the alarms, if there is one", () => {
    expect(JSON.stringify(at(prometheus, "alertmanager.config.receivers"))).toMatch(/homeroom-prod-alarms/);
    const without = release("prometheus", addonVariants["dev on node groups"]).values;
    expect(JSON.stringify(at(without, "alertmanager.config"))).not.toMatch(/sns_configs/);
  });

  it("have the administrator's password as a file, in no value", () => {
    expect(at(grafana, "env.GF_SECURITY_ADMIN_PASSWORD__FILE")).toBe("/run/homeroom/secrets/admin-password");
    expect(JSON.stringify(grafana)).not.toMatch(/adminPassword/);
  });
});

describe("mounted secrets", () => {
  it("refresh as fast as configuration promises and never become Kubernetes Secrets", () => {
    const driver = release("secrets-store-csi-driver").values;
    expect(driver["rotationPollInterval"]).toBe("2m");
    expect(driver["enableSecretRotation"]).toBe(true);
    expect(at(driver, "syncSecret.enabled")).toBe(false);
  });
});

describe("logs", () => {
  it("are kept per tenant, in our own buckets, for the days given", () => {
    expect(at(loki, "loki.auth_enabled")).toBe(true);
    expect(at(loki, "gateway.nginxConfig.resolver")).toBe(addonsFixture.dnsAddress);
    expect(at(loki, "loki.limits_config.retention_period")).toBe("8760h");
    expect(at(loki, "loki.compactor.retention_enabled")).toBe(true);
    expect(at(loki, "loki.storage.bucketNames")).toStrictEqual({
      chunks: addonsFixture.chunksBucket,
      ruler: addonsFixture.rulerBucket,
    });
    expect(at(loki, "minio.enabled")).toBe(false);
  });

  it("are read by Grafana for all tenants in one query, which Loki must be told to answer", () => {
    expect(JSON.stringify(grafana)).toMatch(/"httpHeaderValue1":"[a-z-]+(\|[a-z-]+)+"/);
    expect(at(loki, "loki.querier.multi_tenant_queries_enabled")).toBe(true);
  });

  it("need the rollout operator in distributed mode, and one process in monolithic mode", () => {
    expect(at(loki, "rollout_operator.enabled")).toBe(true);
    const small = release("loki", addonVariants["dev on node groups"]).values;
    expect(at(small, "singleBinary.replicas")).toBe(1);
    expect(at(small, "rollout_operator.enabled")).toBe(false);
  });

  it("have a place to write where Alloy keeps what it has read, under its read-only root", () => {
    const path = at(alloy, "alloy.storagePath");
    expect(at(alloy, "alloy.securityContext.readOnlyRootFilesystem")).toBe(true);
    const mounts = at(alloy, "alloy.mounts.extra") as { name: string; mountPath: string }[];
    const volumes = at(alloy, "controller.volumes.extra") as { name: string; emptyDir?: object }[];
    const mount = mounts.find(({ mountPath }) => mountPath === path);
    expecting(
      `nothing is mounted at ${String(path)}`,
      volumes.find(({ name }) => name === mount?.name)?.emptyDir,
    ).toBeTruthy();
  });

  const config = alloyConfig({ lokiUrl: "http://loki", operatorLogTenant: "platform" });

  it("have labels that name places, never people", () => {
    const labels = new Set([...config.matchAll(/target_label\s+= "([^"]+)"/g)].map((match) => match[1]));
    expect([...labels].sort()).toStrictEqual(["__path__", "component", "container", "namespace", "tenant"]);
    expect(config).toMatch(/stage\.tenant \{\s+label = "tenant"/);
  });

  it("lose a token that slipped into a line", () => {
    const patterns = [...config.matchAll(/expression = "(.*)"$/gm)].map(
      (match) => JSON.parse(`"${match[1]}"`) as string,
    );
    const token = `eyJ${"a".repeat(20)}.${"b".repeat(30)}.${"c".repeat(40)}`;
    const strip = (line: string): string =>
      patterns.reduce(
        (text, pattern) =>
          text.replace(new RegExp(pattern, "g"), (whole, group: string) => whole.replace(group, "removed")),
        line,
      );
    for (const line of [
      `GET /embedded/dashboard/x?jwt=${token}&a=1 HTTP/1.1`,
      `token ${token}`,
      "GET /x?a=1&jwt=not.a.jwt",
    ]) {
      expect(strip(line)).not.toMatch(/eyJ|not\.a\.jwt/);
    }
    expect(strip("GET /embedded/dashboard/x 200")).toBe("GET /embedded/dashboard/x 200");
  });
});

describe("certificates", () => {
  it("come by DNS-01 in one hosted zone, with ambient credentials for cluster issuers alone", () => {
    const issuer = dns01ClusterIssuer({
      name: "homeroom-dns01",
      region: "ap-southeast-2",
      hostedZoneId: "Z123",
      acmeServer: "https://acme.example/directory",
      email: "operations@homeroom.example",
    });
    expect(at(issuer, "spec.acme.solvers")).toStrictEqual([
      { dns01: { route53: { hostedZoneID: "Z123", region: "ap-southeast-2" } } },
    ]);
    expect(at(certManager, "extraArgs")).toStrictEqual([
      "--cluster-issuer-ambient-credentials=true",
      "--issuer-ambient-credentials=false",
      "--dns01-recursive-nameservers-only=true",
    ]);
  });
});
