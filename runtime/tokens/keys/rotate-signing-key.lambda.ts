import { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { z } from "zod";
import { SecretsManagerVersions } from "../../adapters/aws/secrets-manager-versions.ts";
import { parseRotationStep } from "../../rotation/rotation-step.ts";
import { unpackSetting } from "../../rotation/packed-setting.ts";
import { SigningKeyRotation } from "./signing-key-rotation.ts";

const seconds = z
  .string()
  .regex(/^\d{1,7}$/)
  .transform(Number);
const environment = z.object({
  HOMEROOM_JWKS_SECRET: z.string().min(1),
  HOMEROOM_ISSUERS: z
    .string()
    .transform((text): unknown => JSON.parse(unpackSetting(text)))
    .pipe(
      z.array(z.strictObject({ iss: z.string().startsWith("https://"), tenants: z.array(z.string()).min(1) })).min(1),
    ),
  HOMEROOM_ACTIVATE_AFTER_SECONDS: seconds,
  HOMEROOM_RETIRE_AFTER_SECONDS: seconds,
});

const client = new SecretsManagerClient({});

export const handler = async (input: unknown): Promise<void> => {
  const step = parseRotationStep(input);
  const settings = environment.parse(process.env);
  const rotation = new SigningKeyRotation({
    versions: new SecretsManagerVersions(client),
    signingKeysSecret: step.secret,
    jwksSecret: settings.HOMEROOM_JWKS_SECRET,
    issuers: settings.HOMEROOM_ISSUERS,
    activateAfterSeconds: settings.HOMEROOM_ACTIVATE_AFTER_SECONDS,
    retireAfterSeconds: settings.HOMEROOM_RETIRE_AFTER_SECONDS,
    clock: () => Date.now() / 1000,
  });
  await step.run(rotation);
};
