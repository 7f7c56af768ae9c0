import { ExpectedError } from "../../../contract/index.ts";

const mostFailures = 5;
const windowMs = 10_000;
const pauseMs = 5_000;

/** Thrown when nobody was asked, because asking failed often, or when the answer took too long. */
export class NotInTime extends ExpectedError {}

/**
 * Bounds how long a caller waits. After five failures within ten seconds nobody is asked for five seconds; then one is.
 */
export class Breaker {
  readonly #deadlineMs: number;
  readonly #clock: () => number;
  #failures: number[] = [];
  #closedUntil = 0;

  constructor(deadlineMs: number, clock: () => number = Date.now) {
    this.#deadlineMs = deadlineMs;
    this.#clock = clock;
  }

  get isOpen(): boolean {
    return this.#clock() < this.#closedUntil;
  }

  /** Runs the work. Rejects with NotInTime after the deadline; the work itself may still end later. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.isOpen) throw new NotInTime("not asked: it failed often");
    // While one tries after a pause, the others keep waiting for what it finds.
    if (this.#closedUntil > 0) this.#closedUntil = this.#clock() + pauseMs;
    try {
      const result = await this.#within(work());
      this.#failures = [];
      this.#closedUntil = 0;
      return result;
    } catch (error) {
      this.#fail();
      throw error;
    }
  }

  #fail(): void {
    const now = this.#clock();
    this.#failures = [...this.#failures.filter((at) => now - at < windowMs), now].slice(-mostFailures);
    if (this.#failures.length === mostFailures || this.#closedUntil > 0) this.#closedUntil = now + pauseMs;
  }

  #within<T>(work: Promise<T>): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_resolve, reject) => {
      timer = setTimeout(
        () => reject(new NotInTime(`no answer within ${String(this.#deadlineMs)} ms`)),
        this.#deadlineMs,
      );
    });
    return Promise.race([work, late]).finally(() => clearTimeout(timer));
  }
}
