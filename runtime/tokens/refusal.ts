import { ExpectedError } from "../../contract/index.ts";

/** An answer that says no: `code` for programs, the message for the person who has to fix it. */
export class Refusal extends ExpectedError {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}
