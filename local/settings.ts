import { z } from "zod";
import { ExpectedError } from "../contract/index.ts";
import { supersetSettings } from "../contract/superset-settings.ts";

const port = z.int().min(1024).max(65_000);
const host = z
  .string()
  .regex(
    /^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+localhost$/,
    "must be a lower-case name under .localhost, so that it never leaves the machine",
  );
const bytes = z.int().positive();
const size = z.string().regex(/^[1-9][0-9]*(mb|MB)$/, 'must be a size in megabytes such as "256mb"');

const schema = z
  .strictObject({
    address: z.literal("127.0.0.1", "must be 127.0.0.1: the local start serves the loopback only"),
    ports: z.strictObject({
      http: port,
      https: port,
      web: port,
      tokens: port,
      portal: port,
      collector: port,
      witness: port,
      postgres: port,
      cacheRedis: port,
      brokerRedis: port,
    }),
    domain: host,
    studioHost: host,
    portalHost: host,
    supersetSettings: supersetSettings.prefault({}),
    issuers: z
      .array(
        z.strictObject({
          tenant: z.string().regex(/^[a-z][a-z0-9-]{0,30}$/),
          issuer: z.url({ protocol: /^https$/ }),
          timeZone: z.string().exactOptional(),
          database: z
            .string()
            .regex(/^homeroom_[a-z0-9_]{1,40}$/, 'must begin with "homeroom_", in lower case')
            .exactOptional(),
        }),
      )
      .min(1),
    memory: z.strictObject({ cacheRedis: size, brokerRedis: size, postgresShared: size }),
    logs: z.strictObject({ maxBytes: bytes, keep: z.int().min(1).max(20) }),
    celeryProcesses: z.int().min(1).max(16),
    freeBytes: z.strictObject({ firstStart: bytes, laterStart: bytes }),
  })
  .superRefine((value, context) => {
    const seen = new Map<number, string>();
    for (const [name, number] of Object.entries(value.ports)) {
      const other = seen.get(number);
      if (other)
        context.addIssue({
          code: "custom",
          path: ["ports", name],
          input: number,
          message: `is also the port of ${other}; give each part its own`,
        });
      seen.set(number, name);
    }
    const databases = value.issuers.map(({ database }) => database);
    for (const [index, database] of databases.entries()) {
      if (database === undefined || databases.indexOf(database) === index) continue;
      context.addIssue({
        code: "custom",
        path: ["issuers", index, "database"],
        input: database,
        message: "is the database of another tenant; give each its own, or leave it out to share",
      });
    }
    const tenants = value.issuers.map((entry) => entry.tenant);
    for (const [index, tenant] of tenants.entries()) {
      if (tenants.indexOf(tenant) !== index) {
        context.addIssue({
          code: "custom",
          path: ["issuers", index, "tenant"],
          input: tenant,
          message: "is listed twice; give each tenant one issuer",
        });
      }
    }
  });

export type LocalSettings = z.infer<typeof schema>;
export type TenantDatabase = { readonly tenant: string; readonly database: string };
export type Ports = LocalSettings["ports"];

/** Lists the tenants that have a database of their own, like tenants with isolation "database" in a deployment. */
export function tenantDatabases({ issuers }: LocalSettings): TenantDatabase[] {
  return issuers.flatMap(({ tenant, database }) => (database === undefined ? [] : [{ tenant, database }]));
}

export class SettingsError extends ExpectedError {}

/** Validates config/local.ts and adds the offset to every port. Throws one SettingsError with all problems. */
export function parseSettings(input: unknown, portOffset = 0): LocalSettings {
  const parsed = schema.safeParse(input, { reportInput: true });
  if (!parsed.success) {
    const lines = parsed.error.issues.map((issue) => {
      const given = issue.input === undefined ? "nothing" : JSON.stringify(issue.input);
      return `  ${issue.path.join(".") || "(top level)"}: got ${given}; ${issue.message}`;
    });
    throw new SettingsError(
      `config/local.ts has ${lines.length} problem(s):\n${lines.join("\n")}\nCorrect config/local.ts and start again.`,
    );
  }
  const settings = parsed.data;
  for (const name of Object.keys(settings.ports) as (keyof Ports)[]) settings.ports[name] += portOffset;
  return settings;
}
