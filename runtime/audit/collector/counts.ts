const counted = ["stored", "same", "fork", "refused", "unreadable", "failures", "degraded"] as const;

export type Counted = (typeof counted)[number];

/** Counts what the collector has done since it started, in the text format of Prometheus. */
export class Counts {
  readonly #values = new Map<Counted, number>(counted.map((name) => [name, 0]));
  /** Bytes of the spool that are not yet in the database. */
  lagBytes = 0;
  /** Share of the spool's disk that is full, from 0 to 1. */
  diskUsed = 0;
  /** When the database last took events, in seconds since 1970; 0 for never. */
  lastStored = 0;

  add(name: Counted, number = 1): void {
    this.#values.set(name, (this.#values.get(name) ?? 0) + number);
  }

  of(name: Counted): number {
    return this.#values.get(name) ?? 0;
  }

  text(): string {
    const lines = [...this.#values].map(
      ([name, value]) => `homeroom_audit_events_total{outcome="${name}"} ${String(value)}`,
    );
    return [
      "# TYPE homeroom_audit_events_total counter",
      ...lines,
      "# TYPE homeroom_audit_lag_bytes gauge",
      `homeroom_audit_lag_bytes ${String(this.lagBytes)}`,
      "# TYPE homeroom_audit_disk_used_ratio gauge",
      `homeroom_audit_disk_used_ratio ${this.diskUsed.toFixed(4)}`,
      "# TYPE homeroom_audit_last_stored_seconds gauge",
      `homeroom_audit_last_stored_seconds ${String(this.lastStored)}`,
      "",
    ].join("\n");
  }
}
