import { ExpectedError } from "../contract/index.ts";

/** Thrown when a command's arguments or files cannot work; the message says what would. */
export class UsageError extends ExpectedError {}
