import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platform } from "../contract/index.ts";
import { prepareDatabaseUser, setPassword } from "../runtime/adapters/postgres/database-user-roles.ts";
import type { CollectorConfig } from "../runtime/audit/collector/collector-config.ts";
import { readSeedFile } from "../runtime/audit/log/key-file.ts";
import { memorySigner, type NoteSigner, verifierKey } from "../runtime/audit/log/note.ts";
import type { SealerConfig } from "../runtime/audit/sealer/sealer-config.ts";
import { migrateStore } from "../runtime/audit/store/migrate.ts";
import { vaultUser } from "../runtime/audit/vault/vault-user.ts";
import { vaultSql } from "../runtime/audit/vault/vault.ts";
import type { WitnessConfig } from "../runtime/audit/witness/witness-config.ts";
import { type DatabaseUser, databaseUsers } from "../runtime/rotation/database-users/database-user.ts";
import type { Postgres } from "./postgres.ts";
import type { Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";
import { writeOnce } from "./secrets.ts";
import type { SupervisedProcess } from "./supervised-process.ts";

const keyBytes = 32;
const logName = "homeroom/local/shared";
const witnessName = "homeroom/local/witness";

/** The audit trail on one machine: its databases, its keys and the processes that keep what is recorded. */
export class AuditTrail {
  readonly #state: State;
  readonly #settings: LocalSettings;
  readonly #secrets: Secrets;
  readonly #repository: string;
  readonly #inheritedEnv: NodeJS.ProcessEnv;

  constructor(
    state: State,
    settings: LocalSettings,
    secrets: Secrets,
    repository: string,
    inheritedEnv: NodeJS.ProcessEnv,
  ) {
    this.#state = state;
    this.#settings = settings;
    this.#secrets = secrets;
    this.#repository = repository;
    this.#inheritedEnv = inheritedEnv;
  }

  /** Creates or updates the store and the vault. It may be repeated. */
  async provision(postgres: Postgres): Promise<void> {
    const { databases } = platform;
    await postgres.asSuperuser(databases.audit, migrateStore);
    await postgres.asSuperuser("postgres", async (client) => {
      const known = await client.query("select 1 from pg_database where datname = $1", [databases.vault]);
      const name = client.escapeIdentifier(databases.vault);
      if (known.rowCount === 0) await client.query(`create database ${name}`);
      await client.query(`revoke all on database ${name} from public`);
    });
    await postgres.asSuperuser(databases.vault, async (client) => {
      await prepareDatabaseUser(client, vaultUser);
      await setPassword(client, vaultUser, this.#secrets.login(vaultUser));
      await client.query(vaultSql);
    });
  }

  /** Starts what keeps, seals and witnesses events. Returns the collector, which the rest of the platform needs. */
  start(processes: Processes): SupervisedProcess {
    mkdirSync(this.#folder, { recursive: true, mode: 0o700 });
    for (const file of [this.#wrappingKeyFile, this.#logKeyFile, this.#witnessKeyFile])
      writeOnce(file, () => randomBytes(keyBytes).toString("base64"));
    const signer = memorySigner(logName, readSeedFile(this.#logKeyFile));
    const witness = memorySigner(witnessName, readSeedFile(this.#witnessKeyFile));
    const verifiers = `${verifierKey(signer)}\n${verifierKey(witness, "witness")}\n`;
    writeFileSync(join(this.#folder, "verifier-keys"), verifiers, { mode: 0o644 });
    const collector = this.#run(processes, "collector", this.#collectorConfig());
    this.#run(processes, "witness", this.#witnessConfig(signer));
    this.#run(processes, "sealer", this.#sealerConfig());
    return collector;
  }

  #run(processes: Processes, name: "collector" | "sealer" | "witness", config: object): SupervisedProcess {
    const file = join(this.#folder, `${name}.json`);
    writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
    return processes.start({
      name: `audit-${name}`,
      layer: "recording",
      command: process.execPath,
      args: ["--import", "tsx", join(this.#repository, `runtime/audit/${name}/${name}.service.ts`)],
      env: { ...this.#inheritedEnv, [`HOMEROOM_${name.toUpperCase()}_CONFIG`]: file },
      // Node resolves tsx from the working directory.
      cwd: this.#repository,
    });
  }

  get #folder(): string {
    return this.#state.path("audit");
  }

  get #logKeyFile(): string {
    return join(this.#state.ownerSecrets, "audit-log-key");
  }

  get #witnessKeyFile(): string {
    return join(this.#state.ownerSecrets, "audit-witness-key");
  }

  get #wrappingKeyFile(): string {
    return join(this.#state.ownerSecrets, "audit-wrapping-key");
  }

  #collectorConfig(): CollectorConfig {
    return {
      spool: this.#state.auditSpool,
      store: this.#database(userOf(platform.roles.auditWriter)),
      vault: this.#database(vaultUser),
      wrappingKeyFile: this.#wrappingKeyFile,
      port: this.#settings.ports.collector,
    };
  }

  #sealerConfig(): SealerConfig {
    return {
      origin: logName,
      database: this.#database(userOf(platform.roles.auditSealer)),
      log: join(this.#folder, "log"),
      keyFile: this.#logKeyFile,
      witness: `http://${this.#settings.address}:${String(this.#settings.ports.witness)}`,
    };
  }

  #witnessConfig(signer: NoteSigner): WitnessConfig {
    return {
      log: { origin: logName, publicKey: signer.publicKey.toString("base64") },
      name: witnessName,
      keyFile: this.#witnessKeyFile,
      folder: join(this.#folder, "witness"),
      port: this.#settings.ports.witness,
    };
  }

  #database(user: DatabaseUser): CollectorConfig["store"] {
    return {
      host: this.#settings.address,
      port: this.#settings.ports.postgres,
      database: platform.databases[user.database],
      loginFile: this.#secrets.loginFile(user),
    };
  }
}

function userOf(role: string): DatabaseUser {
  const user = databaseUsers.find((candidate) => candidate.role === role);
  if (user === undefined) throw new Error(`contract/platform.json names no user of the role ${role}`);
  return user;
}
