/**
 * An error that we foresee: its message is a sentence for the person who can mend it, and is printed alone.
 * Any other error is a fault of ours and keeps its stack.
 */
export class ExpectedError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}
