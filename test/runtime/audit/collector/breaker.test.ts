import { describe, expect, it } from "@jest/globals";
import { Breaker } from "../../../../runtime/audit/collector/breaker.ts";

const fails = () => Promise.reject(new Error("away"));
const works = () => Promise.resolve("done");

describe("the breaker", () => {
  it("stops asking after five failures within ten seconds, and lets one try after five seconds", async () => {
    let now = 1_000_000;
    const breaker = new Breaker(1_000, () => now);
    for (let round = 0; round < 5; round += 1) await expect(breaker.run(fails)).rejects.toThrow("away");
    await expect(breaker.run(works)).rejects.toThrow("not asked");
    now += 5_000;
    await expect(breaker.run(fails)).rejects.toThrow("away");
    await expect(breaker.run(works)).rejects.toThrow("not asked");
    now += 5_000;
    expect(await breaker.run(works)).toBe("done");
    await expect(breaker.run(fails)).rejects.toThrow("away");
    expect(await breaker.run(works)).toBe("done");
  });

  it("does not count failures that lie further apart", async () => {
    let now = 1_000_000;
    const breaker = new Breaker(1_000, () => now);
    for (let round = 0; round < 8; round += 1) {
      await expect(breaker.run(fails)).rejects.toThrow("away");
      now += 3_000;
    }
    expect(await breaker.run(works)).toBe("done");
  });

  it("gives up on work that does not end in time", async () => {
    await expect(new Breaker(5).run(() => new Promise(() => undefined))).rejects.toThrow("no answer within 5 ms");
  });
});
