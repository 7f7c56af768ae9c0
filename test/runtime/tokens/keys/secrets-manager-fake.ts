import {
  DescribeSecretCommand,
  GetSecretValueCommand,
  InvalidParameterException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { mockClient } from "aws-sdk-client-mock";

interface Version {
  text: string;
  stages: Set<string>;
}

export class Killed extends Error {}

const details = (message: string) => ({ message, $metadata: {} });

/** Secrets Manager as its reference describes it: idempotent puts, moving stages, AWSPREVIOUS, refused stage moves. */
export class SecretsManagerFake {
  readonly client = new SecretsManagerClient({ region: "ap-southeast-2" });
  readonly secrets = new Map<string, Map<string, Version>>();
  calls = 0;
  /** Dies at this call: before it takes effect, or after it and before the answer arrives. */
  kill: { readonly call: number; readonly when: "before" | "after" } | undefined;
  /** Runs before each write, as another writer would. */
  interfere: (() => void) | undefined;

  constructor() {
    const mock = mockClient(this.client);
    mock
      .on(GetSecretValueCommand)
      .callsFake((input: GetSecretValueCommand["input"]) => this.#call(() => this.#get(input)));
    mock
      .on(DescribeSecretCommand)
      .callsFake((input: DescribeSecretCommand["input"]) => this.#call(() => this.#describe(input)));
    mock
      .on(PutSecretValueCommand)
      .callsFake((input: PutSecretValueCommand["input"]) => this.#call(() => this.#put(input), true));
    mock
      .on(UpdateSecretVersionStageCommand)
      .callsFake((input: UpdateSecretVersionStageCommand["input"]) => this.#call(() => this.#move(input), true));
  }

  create(name: string, text: string): void {
    this.secrets.set(
      name,
      new Map([["initial-version-000000000000000000", { text, stages: new Set(["AWSCURRENT"]) }]]),
    );
  }

  current(name: string): string {
    return [...this.#versions(name).values()].find(({ stages }) => stages.has("AWSCURRENT"))?.text ?? "";
  }

  replaceCurrent(name: string, text: string): void {
    const id = `outside-${this.calls}-${this.secrets.get(name)?.size}`.padEnd(32, "0");
    this.#versions(name).set(id, { text, stages: new Set() });
    this.#attach(name, "AWSCURRENT", id);
  }

  async #call<T>(act: () => T, writes = false): Promise<T> {
    this.calls += 1;
    const dies = this.kill?.call === this.calls ? this.kill.when : undefined;
    // Two runs at once interleave at every call.
    await new Promise((resolve) => setImmediate(resolve));
    if (dies === "before") throw new Killed();
    if (writes) this.interfere?.();
    const outcome = await Promise.resolve()
      .then(act)
      .then(
        (result) => () => result,
        (error: unknown) => () => {
          throw error;
        },
      );
    // The caller never learns the answer, a refusal included.
    if (dies === "after") throw new Killed();
    return outcome();
  }

  #versions(name: string | undefined): Map<string, Version> {
    const versions = this.secrets.get(name ?? "");
    if (versions === undefined) throw new ResourceNotFoundException(details("no such secret"));
    return versions;
  }

  #get({ SecretId, VersionId, VersionStage }: GetSecretValueCommand["input"]) {
    const found = [...this.#versions(SecretId)].find(
      ([id, { stages }]) =>
        (VersionId === undefined || id === VersionId) &&
        (VersionStage === undefined ? VersionId !== undefined || stages.has("AWSCURRENT") : stages.has(VersionStage)),
    );
    if (found === undefined) throw new ResourceNotFoundException(details("no such version"));
    return { VersionId: found[0], SecretString: found[1].text };
  }

  #describe({ SecretId }: DescribeSecretCommand["input"]) {
    const labelled = [...this.#versions(SecretId)].filter(([, { stages }]) => stages.size > 0);
    return { VersionIdsToStages: Object.fromEntries(labelled.map(([id, { stages }]) => [id, [...stages]])) };
  }

  #put({ SecretId, ClientRequestToken, SecretString, VersionStages }: PutSecretValueCommand["input"]) {
    const versions = this.#versions(SecretId);
    const id = ClientRequestToken ?? "";
    if (id.length < 32 || id.length > 64) throw new InvalidParameterException(details("token of 32 to 64 characters"));
    const present = versions.get(id);
    if (present !== undefined) {
      if (present.text !== SecretString) throw new ResourceExistsException(details("version has another value"));
      return { VersionId: id };
    }
    versions.set(id, { text: SecretString ?? "", stages: new Set() });
    for (const stage of VersionStages ?? ["AWSCURRENT"]) this.#attach(SecretId ?? "", stage, id);
    return { VersionId: id };
  }

  #move({ SecretId, VersionStage, MoveToVersionId, RemoveFromVersionId }: UpdateSecretVersionStageCommand["input"]) {
    const versions = this.#versions(SecretId);
    const stage = VersionStage ?? "";
    const holder = [...versions].find(([, { stages }]) => stages.has(stage))?.[0];
    if (holder !== RemoveFromVersionId) throw new InvalidParameterException(details("stage is at another version"));
    if (MoveToVersionId === undefined) {
      versions.get(holder ?? "")?.stages.delete(stage);
      return {};
    }
    if (!versions.has(MoveToVersionId)) throw new ResourceNotFoundException(details("no such version"));
    this.#attach(SecretId ?? "", stage, MoveToVersionId);
    return {};
  }

  #attach(name: string, stage: string, id: string): void {
    const versions = this.#versions(name);
    for (const [other, version] of versions) {
      if (!version.stages.delete(stage) || stage !== "AWSCURRENT" || other === id) continue;
      for (const { stages } of versions.values()) stages.delete("AWSPREVIOUS");
      version.stages.add("AWSPREVIOUS");
    }
    versions.get(id)?.stages.add(stage);
  }
}
