import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "@jest/globals";
import { whileUnchanged } from "./while-unchanged.ts";

const folder = mkdtempSync(join(tmpdir(), "homeroom-unchanged-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("a step that is left out while its inputs are unchanged", () => {
  execFileSync("git", ["init", "--quiet"], { cwd: folder });
  mkdirSync(join(folder, "in"));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  let runs = 0;
  let code = 1;
  const step = whileUnchanged(
    { name: "step", run: () => Promise.resolve({ code, output: `run ${++runs}`, seconds: 0, timedOut: false }) },
    { folder, paths: ["in"], stamp: join(folder, "cache/step.sha256") },
  );

  it("runs until it passes, and again after a change of an input alone", async () => {
    write("in/a", "1");
    for (let times = 0; times < 2; times++) expect((await step.run()).code).toBe(1);
    code = 0;
    await step.run();
    expect(runs).toBe(3);
    expect(await step.run()).toMatchObject({ code: 0, output: "" });
    write("elsewhere", "1");
    await step.run();
    expect(runs).toBe(3);
    write("in/a", "2");
    await step.run();
    write("in/b", "");
    await step.run();
    rmSync(join(folder, "in/b"));
    await step.run();
    expect(runs).toBe(6);
  });
});
