/** A value that another part of the configuration rules out. */
export interface Contradiction {
  readonly path: (string | number)[];
  readonly value: unknown;
  /** The values that are allowed, as the error's last words. */
  readonly allowed: string;
}
