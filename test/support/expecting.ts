import { expect } from "@jest/globals";

type Expectation<Value> = ReturnType<typeof expect<Value>>;

/** `expect` for one of many: a failure begins with `what`, which names the one. */
export function expecting<Value>(what: string, value: Value): Expectation<Value> {
  return named(what, expect(value));
}

function named<Matchers extends object>(what: string, matchers: Matchers): Matchers {
  return new Proxy(matchers, {
    get: (target, name) => {
      const part: unknown = Reflect.get(target, name);
      if (typeof part === "function")
        return (...args: unknown[]) => told(what, () => Reflect.apply(part, target, args));
      return typeof part === "object" && part !== null ? named(what, part) : part;
    },
  });
}

function told(what: string, match: () => unknown): unknown {
  try {
    const answer = match();
    return answer instanceof Promise ? answer.catch((error: unknown) => explain(what, error)) : answer;
  } catch (error) {
    return explain(what, error);
  }
}

function explain(what: string, error: unknown): never {
  if (error instanceof Error) {
    error.message = `${what}\n\n${error.message}`;
    // The frames of this file would hide the test's.
    error.stack = `${what}\n\n${(error.stack ?? "").replace(/\n.*[/\\]support[/\\]expecting\.ts.*/g, "")}`;
  }
  throw error;
}
