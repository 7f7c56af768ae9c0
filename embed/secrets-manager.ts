import type { SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

/** Where the text of a secret comes from. */
export interface SecretReader {
  /** Reads one stage of a secret; undefined when the secret is not there. */
  read(secret: string, which: { stage: string }): Promise<{ readonly text: string } | undefined>;
}

/** The SDK is loaded by the first read, so that a backend that asks the token service needs none. */
const sdk = () => import("@aws-sdk/client-secrets-manager");

/** Reads AWS Secrets Manager by the region, unless given, and the credentials that the AWS SDK finds. */
export async function secretsManager(region: string | undefined): Promise<SecretReader> {
  const { SecretsManagerClient } = await sdk();
  return readerOf(new SecretsManagerClient(region === undefined ? {} : { region }));
}

/** Reads with this client. A secret or a stage that is not there is undefined; whatever else AWS refuses is its error. */
export function readerOf(client: SecretsManagerClient): SecretReader {
  return {
    async read(secret, { stage }) {
      const { GetSecretValueCommand, ResourceNotFoundException } = await sdk();
      try {
        const { SecretString } = await client.send(
          new GetSecretValueCommand({ SecretId: secret, VersionStage: stage }),
        );
        if (SecretString === undefined) throw new Error(`${secret}: the version holds no text`);
        return { text: SecretString };
      } catch (error) {
        if (error instanceof ResourceNotFoundException) return undefined;
        throw error;
      }
    },
  };
}
