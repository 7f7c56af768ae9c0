import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parse } from "yaml";
import { environment, platform } from "../../../contract/index.ts";
import { containersOf, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";

const sentinel = "SENTINEL-secret-name-9f3a";
const secretProps = [
  "secretKey",
  "metadataUser",
  "analyticsReaderUser",
  "analyticsAuthorUser",
  "claimsKey",
  "cacheRedisPassword",
  "brokerRedisPassword",
  "trustStorePassword",
  "adminPassword",
  "jwks",
  "signingKeys",
] as const;

interface SecretClass {
  readonly parameters: { objects: string; usePodIdentity: string; region: string };
}

interface MountedObject {
  readonly objectName: string;
  readonly objectAlias: string;
}

function filesOf(name: string): string[] {
  const objects = parse(specOf<SecretClass>(named("SecretProviderClass", name)).parameters.objects) as MountedObject[];
  return objects.map(({ objectAlias }) => objectAlias);
}

const data = named("ConfigMap", "superset-environment").data ?? {};

describe("configuration", () => {
  it("gives Superset exactly the variables of the contract", () => {
    assert.deepEqual(Object.keys(data).sort(), Object.keys(environment).sort());
    for (const [name, value] of Object.entries(data)) assert.notEqual(value, "", name);
  });

  it("points every Superset container at that ConfigMap and sets nothing beside it", () => {
    for (const { name, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      for (const container of containersOf(spec.template.spec).filter((each) => each.name !== "statsd-exporter")) {
        assert.deepEqual(container.envFrom, [{ configMapRef: { name: "superset-environment" } }], name);
        assert.equal(container.env, undefined, name);
      }
    }
  });

  it("reads database names and roles from the contract, and verifies TLS when the authority is known", () => {
    const url = new URL(data["HOMEROOM_METADATA_URL"] ?? "");
    assert.equal(url.pathname, `/${platform.databases.metadata}`);
    assert.equal(url.username, platform.roles.metadata);
    assert.equal(url.password, "");
    assert.equal(url.searchParams.get("sslmode"), "verify-full");
    const plain = named("ConfigMap", "superset-environment", manifests({}, ["databaseCaPem"]));
    assert.match(plain.data?.["HOMEROOM_METADATA_URL"] ?? "", /sslmode=require$/);
  });

  it("gives each tenant its place: the shared database, or a URL of its own as strict as the shared one", () => {
    const places = JSON.parse(data["HOMEROOM_TENANT_DATABASES"] ?? "") as Record<string, string>;
    assert.deepEqual(Object.keys(places).sort(), ["north", "south"]);
    assert.equal(places["north"], "shared");
    const [own, shared] = [new URL(places["south"] ?? ""), new URL(data["HOMEROOM_ANALYTICS_URL"] ?? "")];
    assert.equal(own.host, "south.db.example:5432");
    assert.equal(own.pathname, "/homeroom_schools");
    assert.equal(own.username, platform.roles.analyticsReader);
    assert.equal(own.password, "");
    assert.equal(own.searchParams.get("sslmode"), "verify-full");
    assert.equal(own.search, shared.search);
    const plain = named("ConfigMap", "superset-environment", manifests({}, ["tenantDatabases"])).data ?? {};
    assert.equal(plain["HOMEROOM_TENANT_DATABASES"], '{"north":"shared"}');
  });

  it("keeps embeds and studio on different origins", () => {
    const embeds = data["HOMEROOM_EMBED_ORIGINS"]?.split(",") ?? [];
    assert.equal(embeds.length, platform.embedShards);
    assert.ok(!embeds.includes(data["HOMEROOM_STUDIO_ORIGINS"] ?? ""));
  });

  it("rolls the pods when a value changes, and only then", () => {
    const checksum = (change = {}): string | undefined =>
      specOf<Workload>(named("Deployment", "superset-web", manifests(change))).template.metadata.annotations?.[
        "homeroom/config-checksum"
      ];
    assert.equal(checksum(), checksum());
    assert.notEqual(checksum(), checksum({ frameAncestors: ["https://other.example"] }));
    assert.equal(checksum(), checksum({ webReplicasMax: 40 }));
  });

  it("never changes the migrate Job's template, which Kubernetes holds immutable, when a value changes", () => {
    const job = (change = {}): unknown => ofKind("Job", manifests(change));
    assert.deepEqual(job({ frameAncestors: ["https://other.example"] }), job());
  });

  it("takes the gunicorn command's limits from the contract and logs no query string", () => {
    const command = specOf<Workload>(named("Deployment", "superset-web")).template.spec.containers[0]?.command ?? [];
    assert.ok(command.includes(`--limit-request-line=${platform.limits.requestLineBytes}`));
    assert.ok(command.includes(`--timeout=${platform.timeouts.gunicornSeconds}`));
    const format = command.find((part) => part.startsWith("--access-logformat=")) ?? "";
    assert.match(format, /%\(U\)s/);
    assert.doesNotMatch(format, /%\((r|q|f|\{)/, "request line, query, referrer and headers can hold a token");
  });
});

describe("secrets", () => {
  it("are files alone: no Secret, no environment variable, no reference to one", () => {
    assert.deepEqual(ofKind("Secret"), []);
    for (const { spec } of workloads()) {
      for (const container of containersOf(spec.template.spec)) {
        for (const source of container.envFrom ?? []) assert.equal(source.secretRef, undefined);
        for (const variable of container.env ?? []) assert.equal(variable.valueFrom, undefined);
      }
      for (const volume of spec.template.spec.volumes) assert.ok(!("secret" in volume));
    }
  });

  for (const prop of secretProps) {
    it(`${prop} is named where it is mounted, and nowhere else`, () => {
      const all = manifests({ [prop]: { objectName: sentinel } });
      const mentions = all.filter((manifest) => JSON.stringify(manifest).includes(sentinel)).map(({ kind }) => kind);
      assert.ok(mentions.includes("SecretProviderClass"));
      const allowed =
        prop === "brokerRedisPassword" ? ["SecretProviderClass", "TriggerAuthentication"] : ["SecretProviderClass"];
      for (const kind of mentions) assert.ok(allowed.includes(kind), `${kind} mentions ${prop}`);
    });
  }

  it("have the file names of the contract", () => {
    const { adminPassword, ...shared } = platform.secretFiles;
    const runtime = [...Object.values(shared), "jwks.json", "analytics-reader-user.south"];
    assert.deepEqual(filesOf("superset-runtime").sort(), [...runtime].sort());
    assert.deepEqual(filesOf("superset-init").sort(), [...runtime, adminPassword].sort());
  });

  it("that sign tokens reach the token service alone, and no database password does", () => {
    assert.deepEqual(filesOf("superset-tokens").sort(), ["jwks.json", "signing-keys.json", "tokens-redis-password"]);
    for (const name of ["superset-runtime", "superset-init"]) assert.ok(!filesOf(name).includes("signing-keys.json"));
  });

  it("come by Pod Identity from the region", () => {
    for (const manifest of ofKind("SecretProviderClass")) {
      const { parameters } = specOf<SecretClass>(manifest);
      assert.equal(parameters.usePodIdentity, "true");
      assert.equal(parameters.region, "ap-southeast-2");
    }
  });
});
