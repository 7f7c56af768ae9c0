import { Console } from "node:console";
import { types } from "node:util";

// Prints a line as it is; jest's own console adds a stack to each.
globalThis.console = new Console(process.stdout, process.stderr);

/*
 * Jest runs a test file in a realm of its own, but Node's modules throw errors of the first realm.
 * `error instanceof Error` is true for both here, as it is outside jest; subclasses are compared as ever.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return (this === Error && types.isNativeError(value)) || Function.prototype[Symbol.hasInstance].call(this, value);
  },
});
