import { describe, expect, it } from "@jest/globals";
import { parse } from "yaml";
import { environment, platform } from "../../../contract/index.ts";
import { containersOf, manifests, named, ofKind, specOf, type Workload, workloads } from "../manifests.ts";
import { expecting } from "../../support/expecting.ts";

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
    // The pods have no collector beside them yet, so that they record nothing.
    const ofCollector = ["HOMEROOM_AUDIT_LOG", "HOMEROOM_AUDIT_SPOOL_DIR"];
    const expected = Object.keys(environment).filter((name) => !ofCollector.includes(name));
    expect(Object.keys(data).sort()).toStrictEqual(expected.sort());
    for (const [name, value] of Object.entries(data)) expecting(name, value).not.toBe("");
  });

  it("points every Superset container at that ConfigMap and sets nothing beside it", () => {
    for (const { name, spec } of workloads().filter((workload) => workload.name !== "superset-tokens")) {
      for (const container of containersOf(spec.template.spec).filter((each) => each.name !== "statsd-exporter")) {
        expecting(name, container.envFrom).toStrictEqual([{ configMapRef: { name: "superset-environment" } }]);
        expecting(name, container.env).toBeUndefined();
      }
    }
  });

  it("reads database names and roles from the contract, and verifies TLS when the authority is known", () => {
    const url = new URL(data["HOMEROOM_METADATA_URL"] ?? "");
    expect(url.pathname).toBe(`/${platform.databases.metadata}`);
    expect(url.username).toBe(platform.roles.metadata);
    expect(url.password).toBe("");
    expect(url.searchParams.get("sslmode")).toBe("verify-full");
    const plain = named("ConfigMap", "superset-environment", manifests({}, ["databaseCaPem"]));
    expect(plain.data?.["HOMEROOM_METADATA_URL"] ?? "").toMatch(/sslmode=require$/);
  });

  it("gives each tenant its place: the shared database, or a URL of its own as strict as the shared one", () => {
    const places = JSON.parse(data["HOMEROOM_TENANT_DATABASES"] ?? "") as Record<string, string>;
    expect(Object.keys(places).sort()).toStrictEqual(["north", "south"]);
    expect(places["north"]).toBe("shared");
    const [own, shared] = [new URL(places["south"] ?? ""), new URL(data["HOMEROOM_ANALYTICS_URL"] ?? "")];
    expect(own.host).toBe("south.db.example:5432");
    expect(own.pathname).toBe("/homeroom_schools");
    expect(own.username).toBe(platform.roles.analyticsReader);
    expect(own.password).toBe("");
    expect(own.searchParams.get("sslmode")).toBe("verify-full");
    expect(own.search).toBe(shared.search);
    const plain = named("ConfigMap", "superset-environment", manifests({}, ["tenantDatabases"])).data ?? {};
    expect(plain["HOMEROOM_TENANT_DATABASES"]).toBe('{"north":"shared"}');
  });

  it("gives each tenant its time zone, and leaves the server's clock where none is given", () => {
    expect(JSON.parse(data["HOMEROOM_TENANT_TIME_ZONES"] ?? "")).toStrictEqual({
      north: "Australia/Sydney",
      south: "Australia/Adelaide",
    });
    const plain = named("ConfigMap", "superset-environment", manifests({}, ["tenantTimeZones"])).data ?? {};
    expect(plain["HOMEROOM_TENANT_TIME_ZONES"]).toBeUndefined();
  });

  it("keeps embeds and studio on different origins", () => {
    const embeds = data["HOMEROOM_EMBED_ORIGINS"]?.split(",") ?? [];
    expect(embeds).toHaveLength(platform.embedShards);
    expect(embeds).not.toContain(data["HOMEROOM_STUDIO_ORIGINS"] ?? "");
  });

  it("rolls the pods when a value changes, and only then", () => {
    const checksum = (change = {}): string | undefined =>
      specOf<Workload>(named("Deployment", "superset-web", manifests(change))).template.metadata.annotations?.[
        "homeroom/config-checksum"
      ];
    expect(checksum()).toBe(checksum());
    expect(checksum()).not.toBe(checksum({ frameAncestors: ["https://other.example"] }));
    expect(checksum()).toBe(checksum({ webReplicasMax: 40 }));
  });

  it("never changes the migrate Job's template, which Kubernetes holds immutable, when a value changes", () => {
    const job = (change = {}): unknown => ofKind("Job", manifests(change));
    expect(job({ frameAncestors: ["https://other.example"] })).toStrictEqual(job());
  });

  it("takes the gunicorn command's limits from the contract and logs no query string", () => {
    const command = specOf<Workload>(named("Deployment", "superset-web")).template.spec.containers[0]?.command ?? [];
    expect(command).toContain(`--limit-request-line=${platform.limits.requestLineBytes}`);
    expect(command).toContain(`--timeout=${platform.timeouts.gunicornSeconds}`);
    const format = command.find((part) => part.startsWith("--access-logformat=")) ?? "";
    expect(format).toMatch(/%\(U\)s/);
    expecting("request line, query, referrer and headers can hold a token", format).not.toMatch(/%\((r|q|f|\{)/);
  });
});

describe("secrets", () => {
  it("are files alone: no Secret, no environment variable, no reference to one", () => {
    expect(ofKind("Secret")).toStrictEqual([]);
    for (const { spec } of workloads()) {
      for (const container of containersOf(spec.template.spec)) {
        for (const source of container.envFrom ?? []) expect(source.secretRef).toBeUndefined();
        for (const variable of container.env ?? []) expect(variable.valueFrom).toBeUndefined();
      }
      for (const volume of spec.template.spec.volumes) expect(volume).not.toHaveProperty(["secret"]);
    }
  });

  for (const prop of secretProps) {
    it(`${prop} is named where it is mounted, and nowhere else`, () => {
      const all = manifests({ [prop]: { objectName: sentinel } });
      const mentions = all.filter((manifest) => JSON.stringify(manifest).includes(sentinel)).map(({ kind }) => kind);
      expect(mentions).toContain("SecretProviderClass");
      const allowed =
        prop === "brokerRedisPassword" ? ["SecretProviderClass", "TriggerAuthentication"] : ["SecretProviderClass"];
      for (const kind of mentions) expecting(`${kind} mentions ${prop}`, allowed).toContain(kind);
    });
  }

  it("have the file names of the contract", () => {
    const { adminPassword, ...shared } = platform.secretFiles;
    const runtime = [...Object.values(shared), "jwks.json", "analytics-reader-user.south"];
    expect(filesOf("superset-runtime").sort()).toStrictEqual([...runtime].sort());
    expect(filesOf("superset-init").sort()).toStrictEqual([...runtime, adminPassword].sort());
  });

  it("that sign tokens reach the token service alone, and no database password does", () => {
    expect(filesOf("superset-tokens").sort()).toStrictEqual([
      "jwks.json",
      "signing-keys.json",
      "tokens-redis-password",
    ]);
    for (const name of ["superset-runtime", "superset-init"]) expect(filesOf(name)).not.toContain("signing-keys.json");
  });

  it("come by Pod Identity from the region", () => {
    for (const manifest of ofKind("SecretProviderClass")) {
      const { parameters } = specOf<SecretClass>(manifest);
      expect(parameters.usePodIdentity).toBe("true");
      expect(parameters.region).toBe("ap-southeast-2");
    }
  });
});
