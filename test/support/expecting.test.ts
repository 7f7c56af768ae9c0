import { describe, expect, it } from "@jest/globals";
import { expecting } from "./expecting.ts";
import { rejection, thrown } from "./thrown.ts";

describe("expecting", () => {
  it("passes what expect passes", async () => {
    expecting("two", 1 + 1).toBe(2);
    expecting("two", 1 + 1).not.toBe(3);
    await expecting("a promise", Promise.reject(new Error("no"))).rejects.toThrow(/no/);
  });

  it("begins a failure with what it names, negated and of promises too", async () => {
    const failures = [
      thrown(() => expecting("the first", 1).toBe(2)),
      thrown(() => expecting("the second", 1).not.toBe(1)),
      await rejection(expecting("the third", Promise.resolve(1)).resolves.toBe(2)),
    ];
    expect(failures.map((error) => (error as Error).message.split("\n")[0])).toStrictEqual([
      "the first",
      "the second",
      "the third",
    ]);
  });
});
