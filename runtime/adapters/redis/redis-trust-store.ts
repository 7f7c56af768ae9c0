import { readFile } from "node:fs/promises";
import { createClient } from "@redis/client";
import { platform } from "../../../contract/index.ts";
import {
  fieldOf,
  isExpired,
  entryLimit,
  listFullError,
  type Revocation,
  revocationOf,
} from "../../tokens/revocation/revocation.ts";
import { type RevokedList, type TrustStore, TrustStoreUnreadable } from "../../tokens/revocation/trust-store.ts";
import { removeIfScript, revokeScript, takeScript } from "./scripts.ts";

const { redisDatabase, revokedHash, revokedFloor, floorField, beginScript } = platform.trustStore;
const { assertionPrefix, ratePrefix, timeoutMs } = platform.trustStore;

export interface RedisTrustStoreProps {
  /** Address as redis:// or rediss://, with or without a user name, without password and database. */
  readonly url: string;
  /**
   * Path of the password's file, read at each connection, because a mounted password may change. Default: no password.
   */
  readonly passwordFile?: string | undefined;
  /** Certificate authorities in PEM. Default: those of the system. */
  readonly certificateAuthority?: string | undefined;
  readonly report?: (error: unknown) => void;
}

/**
 * A trust store in the broker's Redis, in the database that `platform.trustStore` names. Every call ends within a
 * timeout.
 */
export class RedisTrustStore implements TrustStore {
  readonly #client: ReturnType<typeof connect>;

  constructor(props: RedisTrustStoreProps) {
    this.#client = connect(props);
  }

  /** Connects, and keeps trying until `close`. Calls made without a connection are refused at once. */
  async open(): Promise<void> {
    if (!this.#client.isOpen) await this.#withDeadline(this.#client.connect(), 4 * timeoutMs);
  }

  close(): void {
    if (this.#client.isOpen) this.#client.destroy();
  }

  async begin(now: number): Promise<void> {
    await this.#withDeadline(
      this.#client.eval(beginScript.join("\n"), {
        keys: [revokedHash, revokedFloor],
        arguments: [floorField, String(Math.floor(now))],
      }),
    );
  }

  async revoke(revocations: readonly Revocation[], at: number): Promise<void> {
    if (revocations.length === 0) return;
    const fields = revocations.flatMap((revocation) => [fieldOf(revocation), String(entryLimit(revocation))]);
    const refused = Number(
      await this.#withDeadline(
        this.#client.eval(revokeScript, { keys: [revokedHash], arguments: [String(Math.floor(at)), ...fields] }),
      ),
    );
    const revocation = revocations[refused - 1];
    if (revocation !== undefined) throw listFullError(revocation);
  }

  async lift(revocation: Revocation): Promise<boolean> {
    return (await this.#withDeadline(this.#client.hDel(revokedHash, fieldOf(revocation)))) > 0;
  }

  async list(): Promise<RevokedList> {
    const [floor, hash] = await this.#withDeadline(
      Promise.all([this.#client.get(revokedFloor), this.#client.hGetAll(revokedHash)]),
    );
    const entries = Object.entries(hash).flatMap(([field, at]) => {
      const revocation = revocationOf(field);
      return revocation === undefined ? [] : [{ revocation, at: Number(at) }];
    });
    return { minIssuedAt: floor === null ? undefined : Number(floor), entries };
  }

  async revokedKids(kids: readonly string[]): Promise<ReadonlySet<string>> {
    if (kids.length === 0) return new Set();
    const fields = kids.map((kid) => fieldOf({ kind: "kid", kid }));
    const found = await this.#withDeadline(this.#client.hmGet(revokedHash, fields));
    return new Set(kids.filter((_, index) => (found[index] ?? null) !== null));
  }

  async sweep(now: number, published: ReadonlySet<string>): Promise<number> {
    const { entries } = await this.list();
    const spent = entries.filter((entry) => isExpired(entry, now, published));
    if (spent.length === 0) return 0;
    // An entry is removed only with the time that was read, so that a newer revocation of the same field stays.
    const pairs = spent.flatMap(({ revocation, at }) => [fieldOf(revocation), String(at)]);
    return Number(
      await this.#withDeadline(this.#client.eval(removeIfScript, { keys: [revokedHash], arguments: pairs })),
    );
  }

  async useOnce(name: string, seconds: number): Promise<boolean> {
    const done = await this.#withDeadline(
      this.#client.set(assertionPrefix + name, "1", {
        condition: "NX",
        expiration: { type: "EX", value: Math.max(1, Math.ceil(seconds)) },
      }),
    );
    return done === "OK";
  }

  async take(client: string, perMinute: number): Promise<number> {
    const wait = await this.#withDeadline(
      this.#client.eval(takeScript, { keys: [ratePrefix + client], arguments: [String(perMinute)] }),
    );
    return Number(wait);
  }

  async #withDeadline<T>(work: Promise<T>, milliseconds = timeoutMs): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(() => reject(new Error(`no answer within ${milliseconds} ms`)), milliseconds);
    });
    try {
      return await Promise.race([work, late]);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new TrustStoreUnreadable(`the trust store cannot be read: ${reason}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }
}

function connect({ url, passwordFile, certificateAuthority, report }: RedisTrustStoreProps) {
  const { protocol, hostname, port, username } = new URL(url);
  const common = {
    host: hostname,
    port: port === "" ? 6379 : Number(port),
    connectTimeout: timeoutMs * 2,
    // A silent connection is closed; the ping below keeps a healthy one from being silent.
    socketTimeout: timeoutMs * 20,
    reconnectStrategy: (retries: number) => Math.min(50 * 2 ** Math.min(retries, 5), 1_000),
  };
  const client = createClient({
    RESP: 2,
    database: redisDatabase,
    disableOfflineQueue: true,
    // The service's user may not send CLIENT, and Redis would log every refusal in its ACL log.
    disableClientInfo: true,
    maintNotifications: "disabled",
    pingInterval: timeoutMs * 6,
    socket:
      protocol === "rediss:"
        ? { ...common, tls: true, ...(certificateAuthority === undefined ? {} : { ca: certificateAuthority }) }
        : common,
    ...(passwordFile === undefined
      ? {}
      : {
          credentialsProvider: {
            type: "async-credentials-provider" as const,
            credentials: async () => ({
              ...(username === "" ? {} : { username: decodeURIComponent(username) }),
              password: (await readFile(passwordFile, "utf8")).trim(),
            }),
          },
        }),
  });
  client.on("error", (error: unknown) => report?.(error));
  return client;
}
