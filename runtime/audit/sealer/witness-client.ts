import { ExpectedError } from "../../../contract/index.ts";
import { witnessRequest } from "../witness/witness.ts";

const answerMs = 10_000;

/** Says what the witness answered when it did not cosign. */
export class NotWitnessed extends ExpectedError {
  override readonly name = "NotWitnessed";
}

/** Asks the witness for its line under a checkpoint. */
export class WitnessClient {
  readonly #url: string;
  #known = 0;

  constructor(url: string) {
    this.#url = url;
  }

  /** Returns the witness's line. `prove` makes the proof from a size that the witness has seen. Throws NotWitnessed. */
  async cosign(size: number, note: string, prove: (before: number) => Promise<readonly Buffer[]>): Promise<string> {
    const first = await this.#ask(note, await prove(Math.min(this.#known, size)), Math.min(this.#known, size));
    if (first.status === 200) return this.#accept(size, first.body);
    const known = Number(first.body.trim());
    if (first.status !== 409 || !Number.isSafeInteger(known) || known > size)
      throw new NotWitnessed(
        `the witness answered ${String(first.status)} to a log of ${String(size)}: ${first.body.trim()}`,
      );
    const second = await this.#ask(note, await prove(known), known);
    if (second.status !== 200) throw new NotWitnessed(`the witness answered ${String(second.status)}`);
    return this.#accept(size, second.body);
  }

  #accept(size: number, line: string): string {
    this.#known = size;
    return line;
  }

  async #ask(note: string, proof: readonly Buffer[], old: number): Promise<{ status: number; body: string }> {
    const response = await fetch(`${this.#url}/add-checkpoint`, {
      method: "POST",
      body: witnessRequest(old, proof, note),
      signal: AbortSignal.timeout(answerMs),
    });
    return { status: response.status, body: await response.text() };
  }
}
