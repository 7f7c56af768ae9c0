import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { ingressAccess } from "../../../charts/addons/cluster/ingress-access.ts";
import { alloyConfig } from "../../../charts/addons/helm/alloy.ts";
import { dns01ClusterIssuer } from "../../../charts/addons/helm/cert-manager.ts";
import { UnpinnedImageError } from "../../../charts/addons/helm/chart-source.ts";
import { addonReleases, AddonsError } from "../../../charts/addons/helm/releases.ts";
import { addons, loggedPath, platform } from "../../../contract/index.ts";
import { addonsFixture, addonVariants, release } from "../../helm/fixture.ts";
import keys from "../../helm/keys.json" with { type: "json" };
import { type Keys, unknownPaths } from "../../helm/value-keys.ts";

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
        assert.equal(read[name]?.version, version, `${name}: run tsx test/helm/run.ts --write with the new chart`);
        assert.deepEqual(unknownPaths(values, read[name]?.keys ?? {}), [], name);
      }
    }
  });

  it("come from the account's own registry alone, each image once by its own digest", () => {
    for (const [variant, props] of Object.entries(addonVariants)) {
      for (const { name, repository, values } of addonReleases(props)) {
        assert.ok(repository.startsWith(`${props.registry}/homeroom/charts/`), name);
        const listed = addons.releases.find((candidate) => candidate.name === name)?.images ?? {};
        const text = JSON.stringify(values);
        for (const key of Object.keys(listed)) {
          if (variant !== "prod on Auto Mode" && key === "loki-rollout-operator") continue;
          assert.ok(text.includes(`homeroom/${key}"`), `${name}: ${key} is not set`);
          assert.ok(text.includes((props.digests[key] ?? "none").slice(7)), `${name}: ${key} is not pinned`);
        }
      }
    }
  });

  it("are refused without the digest of an image, and with a tag for one", () => {
    const { digests } = addonsFixture;
    const others = Object.fromEntries(Object.entries(digests).filter(([key]) => key !== "loki"));
    assert.throws(() => addonReleases({ ...addonsFixture, digests: others }), AddonsError);
    assert.throws(
      () => addonReleases({ ...addonsFixture, digests: { ...digests, loki: "latest" } }),
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
      assert.ok(order.indexOf(first) < order.indexOf(then), `${first} before ${then}`);
    }
  });

  it("are those that the cluster needs: Auto Mode has a load balancer controller, a public CA needs no issuer of ours", () => {
    const names = (variant: string): string[] =>
      addonReleases(addonVariants[variant] ?? addonsFixture).map(({ name }) => name);
    assert.ok(!names("prod on Auto Mode").includes("aws-load-balancer-controller"));
    assert.ok(names("prod on Auto Mode").includes("aws-privateca-issuer"));
    assert.ok(names("dev on node groups").includes("aws-load-balancer-controller"));
    assert.ok(!names("dev on node groups").includes("aws-privateca-issuer"));
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
      assert.equal(value, expected);
    });
  }

  it("Alloy's own flag says so too", () => {
    assert.deepEqual(at(alloy, "alloy.extraArgs"), ["--disable-reporting"]);
  });
});

describe("the ingress controller", () => {
  it("logs no variable that can hold a query string, a cookie or a token", () => {
    const variables = [...(entries["log-format"] ?? "").matchAll(/\$([a-z0-9_]+)/g)].map((match) => match[1] ?? "");
    assert.ok(variables.includes("logged") && variables.includes("status"));
    for (const variable of variables) {
      assert.doesNotMatch(
        variable,
        /^(uri|document_uri|request|request_uri|args|arg_.*|query_string|is_args|http_.*|cookie_.*|request_body|sent_http_.*)$/,
      );
    }
    assert.ok(JSON.parse((entries["log-format"] ?? "").replace(/":\$[a-z_]+/g, '":0')), "a line is one JSON object");
  });

  it("writes no error lines, which quote the whole request", () => {
    assert.equal(entries["error-log-level"], "emerg");
  });

  it("speaks TLS 1.2 and 1.3 alone, and HTTP/2", () => {
    assert.equal(entries["ssl-protocols"], "TLSv1.2 TLSv1.3");
    assert.equal(entries["http2"], "True");
  });

  it("takes headers as long as gunicorn does, and bodies as the contract says", () => {
    const buffers = `large_client_header_buffers 4 ${platform.limits.headerBuffersBytes};`;
    assert.equal(entries["http-snippets"], `${buffers}\n${loggedPath}`);
    assert.ok(platform.limits.headerBuffersBytes >= platform.limits.requestLineBytes);
    assert.ok(
      platform.limits.requestLineBytes > platform.limits.tokenMaxBytes,
      "a ?jwt= request line must hold the largest token",
    );
    assert.equal(entries["client-max-body-size"], String(platform.limits.bodyMaxBytes));
  });

  it("switches PROXY protocol on at the load balancer and at nginx together, and believes the load balancer alone", () => {
    const own = release("nginx-ingress", addonVariants["dev on node groups"]).values;
    const annotation = at(own, "controller.service.annotations") as Record<string, string>;
    assert.equal(annotation["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"], "*");
    assert.equal(entries["proxy-protocol"], "True");
    assert.equal(entries["set-real-ip-from"], "10.30.0.0/22");
  });

  it("reads nothing outside the namespaces of instances and its own, and secrets in those alone", () => {
    assert.equal(at(nginx, "rbac.clusterrole.create"), false, "the chart's role reads every Secret of the cluster");
    const access = ingressAccess(addonsFixture.instanceNamespaces) as AccessObject[];
    const everywhere = access.find(({ kind, metadata }) => kind === "ClusterRole" && metadata.name === "nginx-ingress");
    assert.deepEqual(
      everywhere?.rules?.flatMap(({ resources }) => resources),
      ["ingressclasses", "namespaces"],
      "the chart binds the role of this name in the whole cluster",
    );
    const bound = access.filter(({ kind }) => kind.endsWith("Binding"));
    assert.deepEqual(
      bound.map(({ kind, metadata }) => `${kind} ${metadata.namespace}`),
      ["RoleBinding superset", "RoleBinding tenant-south", "RoleBinding nginx-ingress"],
    );
    assert.equal(at(nginx, "controller.watchNamespace"), "superset,tenant-south,nginx-ingress");
  });

  it("divides a rate limit by its replicas, which it counts at its own Service", () => {
    assert.equal(at(nginx, "controller.reportIngressStatus.externalService"), "nginx-ingress-controller");
    assert.match(String(at(nginx, "controller.watchNamespace")), /,nginx-ingress$/);
  });

  it("watches secrets of the named namespaces only, allows no snippets in an Ingress and keeps its root read-only", () => {
    assert.equal(at(nginx, "controller.watchSecretNamespace"), "superset,tenant-south");
    assert.equal(at(nginx, "controller.enableSnippets"), false);
    assert.equal(at(nginx, "controller.readOnlyRootFilesystem"), true);
  });
});

describe("Prometheus and Grafana", () => {
  const prometheus = release("prometheus").values;

  it("take every monitor and rule of the cluster", () => {
    for (const kind of ["rule", "serviceMonitor", "podMonitor"]) {
      assert.equal(at(prometheus, `prometheus.prometheusSpec.${kind}SelectorNilUsesHelmValues`), false);
    }
  });

  it("send alerts to the topic of the alarms, if there is one", () => {
    assert.match(JSON.stringify(at(prometheus, "alertmanager.config.receivers")), /homeroom-prod-alarms/);
    const without = release("prometheus", addonVariants["dev on node groups"]).values;
    assert.doesNotMatch(JSON.stringify(at(without, "alertmanager.config")), /sns_configs/);
  });

  it("have the administrator's password as a file, in no value", () => {
    assert.equal(at(grafana, "env.GF_SECURITY_ADMIN_PASSWORD__FILE"), "/run/homeroom/secrets/admin-password");
    assert.doesNotMatch(JSON.stringify(grafana), /adminPassword/);
  });
});

describe("mounted secrets", () => {
  it("refresh as fast as configuration promises and never become Kubernetes Secrets", () => {
    const driver = release("secrets-store-csi-driver").values;
    assert.equal(driver["rotationPollInterval"], "2m");
    assert.equal(driver["enableSecretRotation"], true);
    assert.equal(at(driver, "syncSecret.enabled"), false);
  });
});

describe("logs", () => {
  it("are kept per tenant, in our own buckets, for the days given", () => {
    assert.equal(at(loki, "loki.auth_enabled"), true);
    assert.equal(at(loki, "gateway.nginxConfig.resolver"), addonsFixture.dnsAddress);
    assert.equal(at(loki, "loki.limits_config.retention_period"), "8760h");
    assert.equal(at(loki, "loki.compactor.retention_enabled"), true);
    assert.deepEqual(at(loki, "loki.storage.bucketNames"), {
      chunks: addonsFixture.chunksBucket,
      ruler: addonsFixture.rulerBucket,
    });
    assert.equal(at(loki, "minio.enabled"), false);
  });

  it("are read by Grafana for all tenants in one query, which Loki must be told to answer", () => {
    assert.match(JSON.stringify(grafana), /"httpHeaderValue1":"[a-z-]+(\|[a-z-]+)+"/);
    assert.equal(at(loki, "loki.querier.multi_tenant_queries_enabled"), true);
  });

  it("need the rollout operator in distributed mode, and one process in monolithic mode", () => {
    assert.equal(at(loki, "rollout_operator.enabled"), true);
    const small = release("loki", addonVariants["dev on node groups"]).values;
    assert.equal(at(small, "singleBinary.replicas"), 1);
    assert.equal(at(small, "rollout_operator.enabled"), false);
  });

  it("have a place to write where Alloy keeps what it has read, under its read-only root", () => {
    const path = at(alloy, "alloy.storagePath");
    assert.equal(at(alloy, "alloy.securityContext.readOnlyRootFilesystem"), true);
    const mounts = at(alloy, "alloy.mounts.extra") as { name: string; mountPath: string }[];
    const volumes = at(alloy, "controller.volumes.extra") as { name: string; emptyDir?: object }[];
    const mount = mounts.find(({ mountPath }) => mountPath === path);
    assert.ok(volumes.find(({ name }) => name === mount?.name)?.emptyDir, `nothing is mounted at ${String(path)}`);
  });

  const config = alloyConfig({ lokiUrl: "http://loki", operatorLogTenant: "platform" });

  it("have labels that name places, never people", () => {
    const labels = new Set([...config.matchAll(/target_label\s+= "([^"]+)"/g)].map((match) => match[1]));
    assert.deepEqual([...labels].sort(), ["__path__", "component", "container", "namespace", "tenant"]);
    assert.match(config, /stage\.tenant \{\s+label = "tenant"/);
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
      assert.doesNotMatch(strip(line), /eyJ|not\.a\.jwt/);
    }
    assert.equal(strip("GET /embedded/dashboard/x 200"), "GET /embedded/dashboard/x 200");
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
    assert.deepEqual(at(issuer, "spec.acme.solvers"), [
      { dns01: { route53: { hostedZoneID: "Z123", region: "ap-southeast-2" } } },
    ]);
    assert.deepEqual(at(certManager, "extraArgs"), [
      "--cluster-issuer-ambient-credentials=true",
      "--issuer-ambient-credentials=false",
      "--dns01-recursive-nameservers-only=true",
    ]);
  });
});
