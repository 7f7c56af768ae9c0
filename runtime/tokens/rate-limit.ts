/** A bucket for each client that refills evenly, so a burst of a minute's requests passes and no more. */
export class RateLimit {
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** Seconds to wait; 0 when the request may pass. */
  take(client: string, perMinute: number, now: number): number {
    const bucket = this.#buckets.get(client) ?? { tokens: perMinute, at: now };
    const tokens = Math.min(perMinute, bucket.tokens + (Math.max(0, now - bucket.at) * perMinute) / 60);
    const passes = tokens >= 1;
    this.#buckets.set(client, { tokens: passes ? tokens - 1 : tokens, at: now });
    return passes ? 0 : Math.ceil(((1 - tokens) * 60) / perMinute);
  }
}
