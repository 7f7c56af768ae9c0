/** Fails unless the value is there; the compiler knows it afterwards. */
export function present<Value>(value: Value, what = "the value"): asserts value is NonNullable<Value> {
  if (value === undefined || value === null) throw new Error(`${what}: is ${String(value)}`);
}

/** Fails unless the value is of the class; the compiler knows it afterwards. */
export function instance<Class>(
  value: unknown,
  of: abstract new (...args: never[]) => Class,
  what = String(value),
): asserts value is Class {
  if (!(value instanceof of)) throw new Error(`${what}: is no ${of.name}`);
}

/** Fails where a value is needed, such as `found ?? fail("no such stack")`. */
export function fail(message: string): never {
  throw new Error(message);
}
