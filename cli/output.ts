/** The output of a command: `print` receives results and `fail` problems, one line each. */
export interface Output {
  readonly print: (line: string) => void;
  readonly fail: (line: string) => void;
}
