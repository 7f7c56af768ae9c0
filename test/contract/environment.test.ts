import { describe, expect, it } from "@jest/globals";
import { settingsPythonOf, settingsTypescriptOf, type Variable } from "../../contract/generator/environment.ts";
import { readVariables } from "../../contract/generator/write.ts";
import { processEnvironment, type StartValues } from "../../contract/index.ts";
import { supersetSettings } from "../../contract/superset-settings.ts";

const started: StartValues = {
  environment: "test",
  secretsDir: "/secrets",
  metadataUrl: "postgresql+psycopg2://meta@db/metadata",
  analyticsUrl: "postgresql+psycopg2://reader@db/schools",
  tenantDatabases: { north: "shared" },
  cacheRedisUrl: "redis://cache",
  brokerRedisUrl: "redis://broker",
  jwksFile: "/jwks.json",
  policyFile: "/policy.json",
  embedOrigins: ["https://a.example", "https://b.example"],
  studioOrigins: ["https://studio.example"],
  frameAncestors: ["https://school.example"],
  tenantTimeZones: { north: "Australia/Adelaide" },
  proxyHops: 2,
  stateDir: "/state",
  statsdHost: undefined,
  auditSpoolDir: undefined,
  auditLog: undefined,
};

describe("environment variables of the pods", () => {
  it("are written by their types, and those without a value are left out", () => {
    const written = processEnvironment({ ...started, ...supersetSettings.parse({}) });
    expect(written.HOMEROOM_EMBED_ORIGINS).toBe("https://a.example,https://b.example");
    expect(written.HOMEROOM_TENANT_DATABASES).toBe('{"north":"shared"}');
    expect(written.HOMEROOM_TENANT_TIME_ZONES).toBe('{"north":"Australia/Adelaide"}');
    expect(written.HOMEROOM_PROXY_HOPS).toBe("2");
    expect(written.HOMEROOM_SINGLE_USE_ENTRY).toBe("false");
    expect(written.HOMEROOM_AUDIENCE).toBe("homeroom");
    expect(Object.keys(readVariables()).filter((name) => !Object.hasOwn(written, name))).toStrictEqual([
      "HOMEROOM_STATSD_HOST",
      "HOMEROOM_AUDIT_SPOOL_DIR",
      "HOMEROOM_AUDIT_LOG",
    ]);
  });

  it("refuse what operators may not set", () => {
    for (const bad of [{ audience: "Home room" }, { singleUseEntry: "true" }, { jwksFile: "x" }]) {
      expect({ bad, success: supersetSettings.safeParse(bad).success }).toStrictEqual({ bad, success: false });
    }
  });

  it("that a start works out must be named by each start, even when they are optional", () => {
    const idle: Variable = { type: "string", source: "start", required: false, description: "Idle." };
    expect(settingsTypescriptOf({ HOMEROOM_IDLE: idle })).toContain("  readonly idle: string | undefined;");
  });

  it("need one declaration alone when operators set them", () => {
    const minutes: Variable = {
      type: "integer",
      source: "setting",
      default: 5,
      minimum: 1,
      maximum: 60,
      required: false,
      description: "Minutes.",
    };
    const variables = { ...readVariables(), HOMEROOM_IDLE_MINUTES: minutes };
    expect(settingsTypescriptOf(variables)).toMatch(/idleMinutes: z\.int\(\)\.min\(1\)\.max\(60\)\.default\(5\)/);
    expect(settingsPythonOf(variables)).toMatch(/^ {4}idle_minutes: int$/m);
    const refused = (change: Partial<Variable>) => () =>
      settingsTypescriptOf({ ...variables, HOMEROOM_IDLE_MINUTES: { ...minutes, ...change } });
    expect(refused({ type: "duration" })).toThrow(/HOMEROOM_IDLE_MINUTES: type is "duration"; give one of string/);
    expect(refused({ source: "chart" })).toThrow(/HOMEROOM_IDLE_MINUTES: source is "chart"; give setting or start/);
    expect(refused({ default: undefined })).toThrow(/HOMEROOM_IDLE_MINUTES: a setting needs a default/);
    expect(refused({ type: "file" })).toThrow(/HOMEROOM_IDLE_MINUTES: operators cannot set a file/);
  });
});
