import { ExpectedError } from "../../../contract/index.ts";
/** Thrown when an object exists with other bytes and may not be replaced. */
export class WrittenOnce extends ExpectedError {
  override readonly name = "WrittenOnce";
}

/** Where a log is published. Objects are written once, but for the one that says how long the log is. */
export interface ObjectStore {
  /** Writes an object that nobody may replace. Writing the same bytes again changes nothing; others throw WrittenOnce. */
  putOnce(key: string, bytes: Buffer): Promise<void>;
  /** Writes an object or replaces it as a whole: a reader sees the old bytes or the new. */
  put(key: string, bytes: Buffer): Promise<void>;
  get(key: string): Promise<Buffer | undefined>;
}
