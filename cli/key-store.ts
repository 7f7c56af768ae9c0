import { SecretsManagerClient, SecretsManagerServiceException } from "@aws-sdk/client-secrets-manager";
import type { Command } from "commander";
import { SecretsManagerKeyStore } from "../runtime/adapters/aws/secrets-manager-key-store.ts";
import { SecretsManagerVersions } from "../runtime/adapters/aws/secrets-manager-versions.ts";
import { DirectoryKeyStore } from "../runtime/adapters/local/directory-key-store.ts";
import type { KeyStore } from "../runtime/tokens/keys/key-store.ts";
import { UsageError } from "./usage-error.ts";

export interface KeyStoreOptions {
  readonly dir?: string;
  readonly secretJwks?: string;
  readonly secretKeys?: string;
  readonly region?: string;
}

export interface NamedKeyStore {
  readonly name: string;
  readonly store: KeyStore;
}

export const withKeyStoreOptions = (command: Command): Command =>
  command
    .option("--dir <folder>", "folder with jwks.json and the private keys (default: .homeroom/keys)")
    .option("--secret-jwks <name>", "instead of a folder: the secret in AWS Secrets Manager with the public keys")
    .option("--secret-keys <name>", "the secret with the private keys")
    .option("--region <region>", "region of both secrets");

export function openKeyStore({ dir, secretJwks, secretKeys, region }: KeyStoreOptions): NamedKeyStore {
  const given = { "--secret-jwks": secretJwks, "--secret-keys": secretKeys, "--region": region };
  const missing = Object.entries(given).filter(([, value]) => value === undefined);
  if (missing.length === 3) {
    const folder = dir ?? ".homeroom/keys";
    return { name: folder, store: new DirectoryKeyStore(folder) };
  }
  if (dir !== undefined)
    throw new UsageError("--dir and Secrets Manager's options exclude each other; give one of them");
  if (secretJwks === undefined || secretKeys === undefined || region === undefined) {
    throw new UsageError(`Secrets Manager needs ${missing.map(([name]) => name).join(" and ")} as well`);
  }
  const versions = new SecretsManagerVersions(new SecretsManagerClient({ region }));
  return {
    name: secretJwks,
    store: new SecretsManagerKeyStore({ versions, jwksSecret: secretJwks, signingKeysSecret: secretKeys }),
  };
}

/** Turns errors of AWS, such as a denied access, into UsageError, because they are not faults of this program. */
export async function withAwsErrors<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof SecretsManagerServiceException) {
      throw new UsageError(`Secrets Manager says ${error.name}: ${error.message}`);
    }
    if (error instanceof Error && error.name === "CredentialsProviderError") {
      throw new UsageError(`no AWS credentials: ${error.message}`);
    }
    throw error;
  }
}
