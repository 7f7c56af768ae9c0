/** The kind of failure that an EmbedError is. */
export type EmbedErrorCode =
  /** The person or the request is not acceptable; the message names each claim. */
  | "claims"
  /** This issuer or client may not do this: another tenant, role or dashboard. */
  | "refused"
  /** The code when no signing key is usable; the message says what was tried. */
  | "no_key"
  /** The code when no attempt was answered. */
  | "unreachable"
  /** An answer that no token service gives, or a fault of the service. */
  | "broken";

/** Why there is no token. The message is for logs: show people a text of your own. */
export class EmbedError extends Error {
  /** The kind of failure, for programs. */
  readonly code: EmbedErrorCode;
  /** HTTP status of the token service, where it answered. */
  readonly status: number | undefined;

  constructor(problem: { code: EmbedErrorCode; message: string; status?: number; cause?: unknown }) {
    super(problem.message, problem.cause === undefined ? {} : { cause: problem.cause });
    this.name = "EmbedError";
    this.code = problem.code;
    this.status = problem.status;
  }
}
