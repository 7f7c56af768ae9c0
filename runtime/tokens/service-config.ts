import { readFileSync } from "node:fs";
import { z } from "zod";
import { ExpectedError, roles } from "../../contract/index.ts";

const tenant = z.string().regex(/^[a-z][a-z0-9-]{0,31}$/);
const slug = z.string().regex(/^[a-z0-9]+(-[a-z0-9]+)*$/);
const origin = z
  .string()
  .refine(
    (value) => URL.canParse(value) && new URL(value).origin === value,
    "must be an origin such as https://analytics1.example",
  );

const file = z.string().startsWith("/", "must be an absolute path");

/** The source of the keys: a directory, which can create keys too, or the mounted secret files of a pod. */
const keys = z.union([
  z.strictObject({ directory: file }),
  z.strictObject({ files: z.strictObject({ jwks: file, signing: file }) }),
]);

const trustStore = z.strictObject({
  url: z.string().refine((value) => {
    if (!URL.canParse(value)) return false;
    const url = new URL(value);
    return /^rediss?:$/.test(url.protocol) && url.hostname !== "" && url.password === "" && url.pathname.length <= 1;
  }, "must be redis://[user@]host[:port] or rediss://…, without password and database"),
  /** Path of the password's file, which is read at each connection. */
  passwordFile: file.optional(),
});

const client = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{0,63}$/),
  keys: z
    .array(
      z.strictObject({
        kty: z.literal("RSA"),
        n: z.string().min(342, "must be a modulus of at least 2048 bits"),
        e: z.string(),
        kid: z.string().min(1),
        alg: z.literal("RS256"),
        use: z.literal("sig"),
      }),
    )
    .min(1),
  tenants: z.array(tenant).min(1),
  roles: z.array(z.enum(roles)).min(1),
  dashboards: z.array(slug).min(1),
  requestsPerMinute: z.int().min(1).max(60_000),
});

const config = z
  .strictObject({
    host: z.literal("127.0.0.1").or(z.literal("0.0.0.0")),
    port: z.int().min(0).max(65_535),
    audience: z.string().min(1),
    /** The value that a client's assertion must carry as `aud`. */
    assertionAudience: z.url(),
    keys,
    /** Address of the broker's Redis; contract/platform.json names its database and keys. */
    trustStore,
    /** Origins of the embed hosts. Plain HTTP is for a machine without trusted certificates only. */
    embedOrigins: z.strictObject({ https: z.array(origin).min(1), http: z.array(origin).optional() }),
    dashboards: z.record(slug, z.strictObject({ embedded_uuid: z.uuid() })),
    /** None where products sign their own tokens: the service then answers for its health and for revocations alone. */
    clients: z.array(client),
  })
  .superRefine((value, context) => {
    value.clients.forEach((entry, index) => {
      if (value.clients.findIndex(({ id }) => id === entry.id) !== index) {
        context.addIssue({ code: "custom", path: ["clients", index, "id"], message: `${entry.id} is listed twice` });
      }
      for (const dashboard of entry.dashboards.filter((name) => value.dashboards[name] === undefined)) {
        context.addIssue({
          code: "custom",
          path: ["clients", index, "dashboards"],
          message: `${dashboard} is not among dashboards`,
        });
      }
    });
    for (const [index, plain] of (value.embedOrigins.http ?? []).entries()) {
      if (!new URL(plain).hostname.endsWith(".localhost")) {
        context.addIssue({
          code: "custom",
          path: ["embedOrigins", "http", index],
          message: `${plain} would carry tokens in the clear; only .localhost may`,
        });
      }
    }
  });

export type ServiceConfig = z.infer<typeof config>;
export type ClientConfig = ServiceConfig["clients"][number];
export type KeysConfig = ServiceConfig["keys"];

export class ServiceConfigError extends ExpectedError {}

export function parseServiceConfig(value: unknown, source: string): ServiceConfig {
  const parsed = config.safeParse(value);
  if (parsed.success) return parsed.data;
  const lines = parsed.error.issues.map((issue) => `  - ${issue.path.join(".") || "(top)"}: ${issue.message}`);
  throw new ServiceConfigError(`${source}: ${lines.length} problem(s)\n${lines.join("\n")}`);
}

/**
 * Reads and validates the configuration. `from` names the variable or option that gave the path, for error messages.
 */
export function readServiceConfig(file: string | undefined, from: string): ServiceConfig {
  if (file === undefined || file === "") {
    throw new ServiceConfigError(
      `${from} is not set; give the path of the token service's configuration, which npm start writes to .homeroom/tokens/service.json`,
    );
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
  } catch (error) {
    throw new ServiceConfigError(`${from} ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  return parseServiceConfig(value, file);
}
