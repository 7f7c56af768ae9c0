import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { type SecretVersion, type SecretVersions, VersionConflict } from "../../rotation/secret-versions.ts";

export class SecretsManagerVersions implements SecretVersions {
  readonly #client: SecretsManagerClient;

  constructor(client: SecretsManagerClient) {
    this.#client = client;
  }

  async read(secret: string, which: { stage: string } | { id: string }): Promise<SecretVersion | undefined> {
    const version = "id" in which ? { VersionId: which.id } : { VersionStage: which.stage };
    try {
      const answer = await this.#client.send(new GetSecretValueCommand({ SecretId: secret, ...version }));
      if (answer.VersionId === undefined || answer.SecretString === undefined) {
        throw new Error(`${secret}: the version holds no text`);
      }
      return { id: answer.VersionId, text: answer.SecretString };
    } catch (error) {
      if (error instanceof ResourceNotFoundException) return undefined;
      throw error;
    }
  }

  async stages(secret: string): Promise<ReadonlyMap<string, readonly string[]>> {
    const { VersionIdsToStages = {} } = await this.#client.send(new DescribeSecretCommand({ SecretId: secret }));
    return new Map(Object.entries(VersionIdsToStages));
  }

  async put(secret: string, { id, text }: SecretVersion, stage: string): Promise<void> {
    try {
      await this.#client.send(
        new PutSecretValueCommand({
          SecretId: secret,
          ClientRequestToken: id,
          SecretString: text,
          VersionStages: [stage],
        }),
      );
    } catch (error) {
      if (error instanceof ResourceExistsException) throw new VersionConflict(`${secret}: version ${id} exists`);
      throw error;
    }
  }

  async makeCurrent(secret: string, { to, from }: { to: string; from: string }): Promise<void> {
    try {
      await this.#client.send(
        new UpdateSecretVersionStageCommand({
          SecretId: secret,
          VersionStage: "AWSCURRENT",
          MoveToVersionId: to,
          RemoveFromVersionId: from,
        }),
      );
    } catch (error) {
      if (error instanceof InvalidParameterException) {
        throw new VersionConflict(`${secret}: AWSCURRENT is not at ${from}`);
      }
      throw error;
    }
  }

  async withdraw(secret: string, { stage, from }: { stage: string; from: string }): Promise<void> {
    try {
      await this.#client.send(
        new UpdateSecretVersionStageCommand({ SecretId: secret, VersionStage: stage, RemoveFromVersionId: from }),
      );
    } catch (error) {
      if (!(error instanceof InvalidParameterException)) throw error;
    }
  }
}
