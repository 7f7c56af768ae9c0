import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { CreateSecretCommand, GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";
import { parseJwks } from "../../runtime/tokens/keys/signing-key.ts";
import { parseSigningSecret } from "../../runtime/tokens/keys/signing-secret.ts";
import { type Ministack, startMinistack } from "./ministack.ts";

const steps = ["createSecret", "setSecret", "testSecret", "finishSecret"] as const;
const names = { signing: "homeroom/test/signing-keys", jwks: "homeroom/test/jwks" };

/** RotateSecret of MiniStack calls no function, so the test calls the real handler as Secrets Manager would. */
describe("the signing key's rotation function on MiniStack", () => {
  let aws: Ministack;
  let client: SecretsManagerClient;
  let handler: (event: unknown) => Promise<void>;

  beforeAll(async () => {
    aws = await startMinistack();
    client = new SecretsManagerClient(aws.client);
    for (const Name of Object.values(names))
      await client.send(new CreateSecretCommand({ Name, SecretString: "a1".repeat(32) }));
    Object.assign(process.env, aws.environment, {
      HOMEROOM_JWKS_SECRET: names.jwks,
      HOMEROOM_ISSUERS: JSON.stringify([{ iss: "https://north.example", tenants: ["north"] }]),
      HOMEROOM_ACTIVATE_AFTER_SECONDS: "600",
      HOMEROOM_RETIRE_AFTER_SECONDS: "3630",
    });
    ({ handler } = await import("../../runtime/tokens/keys/rotate-signing-key.lambda.ts"));
  });
  afterAll(async () => {
    client.destroy();
    await aws.stop();
  });

  const current = async (name: string): Promise<string> =>
    (await client.send(new GetSecretValueCommand({ SecretId: name }))).SecretString ?? "";
  const rotate = async (request: string): Promise<void> => {
    for (const Step of steps)
      for (let time = 0; time < 2; time += 1)
        await handler({ Step, SecretId: names.signing, ClientRequestToken: request });
  };

  it("turns the generated values into a key pair whose public half alone is published", async () => {
    await rotate("11111111-1111-4111-8111-111111111111");
    const { keys } = parseJwks(await current(names.jwks), names.jwks);
    const held = parseSigningSecret(await current(names.signing), names.signing).keys;
    expect(keys.map(({ kid }) => kid)).toStrictEqual(held.map(({ kid }) => kid));
    expect(await current(names.jwks)).not.toMatch(/PRIVATE/);
  });

  it("adds the next key and gives the old one an end, with each step run twice", async () => {
    const old = parseJwks(await current(names.jwks), names.jwks).keys[0];
    await rotate("22222222-2222-4222-8222-222222222222");
    const { keys } = parseJwks(await current(names.jwks), names.jwks);
    expect(keys).toHaveLength(2);
    const [first, second] = keys;
    expect(first?.kid).toBe(old?.kid);
    expect(first?.retire_at).not.toBe(null);
    expect(second?.retire_at).toBeNull();
    expect(second?.activate_at ?? 0).toBeGreaterThan(Date.now() / 1000 + 500);
  });

  it("refuses a request that is not pending", async () => {
    await rotate("33333333-3333-4333-8333-333333333333");
    await expect(
      handler({
        Step: "setSecret",
        SecretId: names.signing,
        ClientRequestToken: "44444444-4444-4444-8444-444444444444",
      }),
    ).rejects.toThrow(/is not AWSPENDING/);
  });
});
