import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { alloyConfig, alloyValues } from "../../charts/helm/alloy.ts";
import { certManagerValues, dns01ClusterIssuer } from "../../charts/helm/cert-manager.ts";
import { type MirroredImage, UnpinnedImageError } from "../../charts/helm/chart-source.ts";
import { grafanaValues } from "../../charts/helm/grafana.ts";
import { kedaValues } from "../../charts/helm/keda.ts";
import { lokiValues } from "../../charts/helm/loki.ts";
import { metricsServerValues } from "../../charts/helm/metrics-server.ts";
import { nginxValues } from "../../charts/helm/nginx.ts";
import { platform } from "../../contract/index.ts";

const image: MirroredImage = { repository: "registry.example/mirror/part", digest: `sha256:${"e5".repeat(32)}` };

function at(values: object, path: string): unknown {
  return path.split(".").reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values);
}

const nginx = nginxValues({
  image,
  loadBalancerCidrs: ["10.0.0.0/22"],
  watchNamespaces: ["homeroom"],
  minReplicas: 3,
  maxReplicas: 6,
});
const entries = at(nginx, "controller.config.entries") as Record<string, string>;
const lokiProps = {
  image,
  mode: "Distributed",
  region: "ap-southeast-2",
  chunksBucket: "homeroom-prod-loki-chunks",
  rulerBucket: "homeroom-prod-loki-ruler",
  retentionDays: 90,
  storageClass: "encrypted",
  serviceAccountName: "loki",
} as const;
const loki = lokiValues(lokiProps);
const alloy = alloyValues({ image, lokiUrl: "http://loki-gateway.logs.svc", platformTenant: "platform" });
const grafana = grafanaValues({
  image,
  lokiUrl: "http://loki",
  prometheusUrl: "http://prometheus",
  tenants: ["shared", "platform"],
});
const keda = kedaValues({ operator: image, metricsServer: image, webhooks: image, watchNamespace: "homeroom" });
const certManager = certManagerValues({
  controller: image,
  webhook: image,
  cainjector: image,
  startupapicheck: image,
  replicas: 2,
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
    assert.ok(variables.includes("uri") && variables.includes("status"));
    for (const variable of variables) {
      assert.doesNotMatch(
        variable,
        /^(request|request_uri|args|arg_.*|query_string|is_args|http_.*|cookie_.*|request_body|sent_http_.*)$/,
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
    assert.equal(entries["http-snippets"], `large_client_header_buffers 4 ${platform.limits.headerBuffersBytes};`);
    assert.ok(platform.limits.headerBuffersBytes >= platform.limits.requestLineBytes);
    assert.ok(
      platform.limits.requestLineBytes > platform.limits.tokenMaxBytes,
      "a ?jwt= request line must hold the largest token",
    );
    assert.equal(entries["client-max-body-size"], String(platform.limits.bodyMaxBytes));
  });

  it("switches PROXY protocol on at the load balancer and at nginx together, and believes the load balancer alone", () => {
    const annotation = at(nginx, "controller.service.annotations") as Record<string, string>;
    assert.equal(annotation["service.beta.kubernetes.io/aws-load-balancer-proxy-protocol"], "*");
    assert.equal(entries["proxy-protocol"], "True");
    assert.equal(entries["set-real-ip-from"], "10.0.0.0/22");
  });

  it("reads secrets of the named namespaces only, allows no snippets in an Ingress and keeps its root read-only", () => {
    assert.equal(at(nginx, "controller.watchSecretNamespace"), "homeroom");
    assert.equal(at(nginx, "controller.enableSnippets"), false);
    assert.equal(at(nginx, "controller.readOnlyRootFilesystem"), true);
  });
});

describe("logs", () => {
  it("are kept per tenant, in our own buckets, for the days given", () => {
    assert.equal(at(loki, "loki.auth_enabled"), true);
    assert.equal(at(loki, "loki.limits_config.retention_period"), "2160h");
    assert.equal(at(loki, "loki.compactor.retention_enabled"), true);
    assert.deepEqual(at(loki, "loki.storage.bucketNames"), {
      chunks: lokiProps.chunksBucket,
      ruler: lokiProps.rulerBucket,
    });
    assert.equal(at(loki, "minio.enabled"), false);
  });

  it("need the rollout operator in distributed mode, and one process in monolithic mode", () => {
    assert.equal(at(loki, "rollout_operator.enabled"), true);
    const small = lokiValues({ ...lokiProps, mode: "Monolithic" });
    assert.equal(at(small, "singleBinary.replicas"), 1);
    assert.equal(at(small, "rollout_operator.enabled"), false);
  });

  const config = alloyConfig({ lokiUrl: "http://loki", platformTenant: "platform" });

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

describe("images of the add-ons", () => {
  it("are pinned by digest wherever a chart names one", () => {
    for (const values of [
      nginx,
      loki,
      alloy,
      grafana,
      keda,
      certManager,
      metricsServerValues({ image, replicas: 2 }),
    ]) {
      assert.match(JSON.stringify(values), new RegExp(image.digest));
    }
  });

  it("are refused with a tag", () => {
    assert.throws(
      () => metricsServerValues({ image: { ...image, digest: "latest" }, replicas: 1 }),
      UnpinnedImageError,
    );
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
    ]);
  });
});
