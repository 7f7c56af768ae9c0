import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { SecretsManagerVersions } from "../adapters/aws/secrets-manager-versions.ts";
import { SigningKeyRotation } from "./signing-key-rotation.ts";
import { unpacked } from "./unpacked.ts";

const seconds = z
  .string()
  .regex(/^\d{1,7}$/)
  .transform(Number);
const environment = z.object({
  HOMEROOM_JWKS_SECRET: z.string().min(1),
  HOMEROOM_ISSUERS: z
    .string()
    .transform((text): unknown => JSON.parse(unpacked(text)))
    .pipe(
      z.array(z.strictObject({ iss: z.string().startsWith("https://"), tenants: z.array(z.string()).min(1) })).min(1),
    ),
  HOMEROOM_ACTIVATE_AFTER_SECONDS: seconds,
  HOMEROOM_RETIRE_AFTER_SECONDS: seconds,
});
const event = z.object({
  Step: z.enum(["createSecret", "setSecret", "testSecret", "finishSecret"]),
  SecretId: z.string().min(1),
  ClientRequestToken: z.string().min(32).max(64),
});

const client = new SecretsManagerClient({});

export const handler = async (input: unknown): Promise<void> => {
  const { Step, SecretId, ClientRequestToken } = event.parse(input);
  const settings = environment.parse(process.env);
  const rotation = new SigningKeyRotation({
    versions: new SecretsManagerVersions(client),
    signingKeysSecret: SecretId,
    jwksSecret: settings.HOMEROOM_JWKS_SECRET,
    issuers: settings.HOMEROOM_ISSUERS,
    activateAfterSeconds: settings.HOMEROOM_ACTIVATE_AFTER_SECONDS,
    retireAfterSeconds: settings.HOMEROOM_RETIRE_AFTER_SECONDS,
    clock: () => Date.now() / 1000,
  });
  switch (Step) {
    case "createSecret":
      return rotation.create(ClientRequestToken);
    case "setSecret":
      return rotation.publish(ClientRequestToken);
    case "testSecret":
      return rotation.test(ClientRequestToken);
    case "finishSecret":
      return rotation.finish(ClientRequestToken);
  }
};
