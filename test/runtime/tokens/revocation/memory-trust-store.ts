import {
  fieldOf,
  isExpired,
  entryLimit,
  listFullError,
  type Revocation,
  type RevocationEntry,
} from "../../../../runtime/tokens/revocation/revocation.ts";
import {
  type RevokedList,
  type TrustStore,
  TrustStoreUnreadable,
} from "../../../../runtime/tokens/revocation/trust-store.ts";

/** A store for tests of one process that are not about Redis; it passes the contract suite of the real one. */
export class MemoryTrustStore implements TrustStore {
  readonly #entries = new Map<string, RevocationEntry>();
  readonly #used = new Map<string, number>();
  readonly #buckets = new Map<string, { left: number; at: number }>();
  readonly #clock: () => number;
  minIssuedAt: number | undefined;
  /** Every call fails while it is false. */
  readable = true;

  constructor(clock: () => number = () => Date.now() / 1000) {
    this.#clock = clock;
  }

  async begin(now: number): Promise<void> {
    this.#answer();
    this.minIssuedAt ??= Math.floor(now);
  }

  async revoke(revocations: readonly Revocation[], at: number): Promise<void> {
    this.#answer();
    const added = new Set(revocations.map(fieldOf).filter((field) => !this.#entries.has(field)));
    const entries = this.#entries.size + added.size;
    const refused = revocations.find((one) => added.has(fieldOf(one)) && entries > entryLimit(one));
    if (refused !== undefined) throw listFullError(refused);
    for (const revocation of revocations) {
      const field = fieldOf(revocation);
      this.#entries.set(field, {
        revocation,
        at: Math.max(Math.floor(at), this.#entries.get(field)?.at ?? 0),
      });
    }
  }

  async lift(revocation: Revocation): Promise<boolean> {
    this.#answer();
    return this.#entries.delete(fieldOf(revocation));
  }

  async list(): Promise<RevokedList> {
    this.#answer();
    return { minIssuedAt: this.minIssuedAt, entries: [...this.#entries.values()] };
  }

  async revokedKids(kids: readonly string[]): Promise<ReadonlySet<string>> {
    this.#answer();
    return new Set(kids.filter((kid) => this.#entries.has(`kid:${kid}`)));
  }

  async sweep(now: number, published: ReadonlySet<string>): Promise<number> {
    this.#answer();
    const spent = [...this.#entries].filter(([, entry]) => isExpired(entry, now, published));
    for (const [field] of spent) this.#entries.delete(field);
    return spent.length;
  }

  async useOnce(name: string, seconds: number): Promise<boolean> {
    this.#answer();
    if ((this.#used.get(name) ?? 0) > this.#clock()) return false;
    this.#used.set(name, this.#clock() + seconds);
    return true;
  }

  async take(client: string, perMinute: number): Promise<number> {
    this.#answer();
    const now = this.#clock();
    const bucket = this.#buckets.get(client) ?? { left: perMinute, at: now };
    const left = Math.min(perMinute, bucket.left + (Math.max(0, now - bucket.at) * perMinute) / 60);
    this.#buckets.set(client, { left: left >= 1 ? left - 1 : left, at: now });
    return left >= 1 ? 0 : Math.ceil(((1 - left) * 60) / perMinute);
  }

  #answer(): void {
    if (!this.readable) throw new TrustStoreUnreadable("the trust store cannot be read: the test says so");
  }
}
