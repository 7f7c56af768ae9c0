import { ExpectedError } from "../contract/index.ts";

/** A command that did its work and found something: the sentence is printed, and the exit code says what it found. */
export class Judgement extends ExpectedError {
  readonly exitCode: number;

  constructor(sentence: string, exitCode: number) {
    super(sentence);
    this.exitCode = exitCode;
  }
}
