/** Retries with growing, scattered pauses: from 0.2 to 10 seconds. */
export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Counts a failure and returns the milliseconds to wait. */
  failed(): number {
    this.#failures += 1;
    const most = Math.min(10_000, 200 * 2 ** Math.min(this.#failures - 1, 10));
    return most / 2 + (this.#random() * most) / 2;
  }
}
