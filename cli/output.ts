/** Where a command writes: results go to `print`, problems to `fail`, one line each. */
export interface Output {
  readonly print: (line: string) => void;
  readonly fail: (line: string) => void;
}
