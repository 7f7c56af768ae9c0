/** A value that another part of the configuration rules out. */
export interface Contradiction {
  readonly path: (string | number)[];
  readonly value: unknown;
  /** What is allowed, as the error's last words. */
  readonly rule: string;
}
