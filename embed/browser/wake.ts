/** Tells when waiting is worth ending: the network is back, the page is seen again, the laptop woke up. */
export class Wake {
  readonly #waiting = new Set<() => void>();

  constructor(signal: AbortSignal, woken: () => void) {
    const wake = (): void => {
      if (document.visibilityState === "hidden") return;
      this.now();
      woken();
    };
    addEventListener("online", wake, { signal });
    addEventListener("pageshow", wake, { signal });
    document.addEventListener("visibilitychange", wake, { signal });
    signal.addEventListener("abort", () => this.now());
  }

  now(): void {
    for (const go of this.#waiting) go();
    this.#waiting.clear();
  }

  /** Resolves after the time, or sooner. */
  wait(milliseconds: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => this.#waiting.delete(go) && resolve(), milliseconds);
      const go = (): void => {
        clearTimeout(timer);
        resolve();
      };
      this.#waiting.add(go);
    });
  }
}
