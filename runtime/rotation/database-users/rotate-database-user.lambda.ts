import { readFileSync } from "node:fs";
import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { SecretsManagerVersions } from "../../adapters/aws/secrets-manager-versions.ts";
import { PostgresLogins } from "../../adapters/postgres/postgres-logins.ts";
import { parseRotationStep } from "../rotation-step.ts";
import { databaseUser } from "./database-user.ts";
import { DatabaseUserRotation, type Login } from "./database-user-rotation.ts";
import { parseLoginSecret } from "./login-secret.ts";

const environment = z.object({
  HOMEROOM_DATABASE_HOST: z.string().min(1),
  HOMEROOM_DATABASE_PORT: z.coerce.number().int().min(1).max(65_535),
  HOMEROOM_DATABASE_NAME: z.string().min(1),
  /** PEM file of the certificate authorities that may sign the database's certificate. */
  HOMEROOM_DATABASE_CA_FILE: z.string().min(1),
  /** Secret of a login that may create roles; read only when a login is missing or cannot change its own password. */
  HOMEROOM_DATABASE_ADMIN_SECRET: z.string().min(1).optional(),
  /** JSON object: the ARN of each secret that this function rotates, and the name of its user. */
  HOMEROOM_DATABASE_USERS: z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(z.record(z.string(), z.string())),
});

const client = new SecretsManagerClient({});

export const handler = async (input: unknown): Promise<void> => {
  const step = parseRotationStep(input);
  const settings = environment.parse(process.env);
  const name = settings.HOMEROOM_DATABASE_USERS[step.secret];
  const user = name === undefined ? undefined : databaseUser(name);
  if (user === undefined) throw new Error(`${step.secret}: this function does not rotate it`);
  const versions = new SecretsManagerVersions(client);
  const admin = settings.HOMEROOM_DATABASE_ADMIN_SECRET;
  const rotation = new DatabaseUserRotation({
    versions,
    secret: step.secret,
    user,
    database: new PostgresLogins({
      user,
      connection: {
        host: settings.HOMEROOM_DATABASE_HOST,
        port: settings.HOMEROOM_DATABASE_PORT,
        database: settings.HOMEROOM_DATABASE_NAME,
        // Equal to sslmode=verify-full: a known authority signed the certificate, and it names the host.
        ssl: { ca: readFileSync(settings.HOMEROOM_DATABASE_CA_FILE, "utf8"), rejectUnauthorized: true },
      },
      ...(admin === undefined ? {} : { administrator: () => administrator(versions, admin) }),
    }),
  });
  await step.run(rotation);
};

async function administrator(versions: SecretsManagerVersions, secret: string): Promise<Login> {
  const version = await versions.read(secret, { stage: "AWSCURRENT" });
  if (version === undefined) throw new Error(`${secret}: has no AWSCURRENT version`);
  return parseLoginSecret(version.text, secret);
}
