import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { waitUntilReady } from "../../local/health.ts";
import type { Layer, ProcessOptions } from "../../local/supervised-process.ts";
import { Processes } from "../../local/processes.ts";
import { State } from "../../local/state.ts";
import { temporaryFolder } from "./folder.ts";
import { expecting } from "../support/expecting.ts";
import { rejection } from "../support/thrown.ts";

const rotation = { maxBytes: 10_000, keep: 1 };

describe("the processes of a start", () => {
  const state = new State(join(temporaryFolder(), "state"));
  state.create();
  const shell = (name: string, script: string, layer: Layer = "application"): ProcessOptions => ({
    name,
    command: "/bin/sh",
    args: ["-c", script],
    env: {},
    layer,
  });
  /** A killed orphan may stay a zombie until init collects it; that is not alive. */
  const isAlive = (pid: number): boolean => {
    try {
      process.kill(pid, 0);
      return !existsSync("/proc/self/stat") || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
    } catch {
      return false;
    }
  };

  it("says which part ended too early, with its last lines and its log", async () => {
    const processes = new Processes(state, rotation);
    processes.start(shell("flaky", "echo the disk is on fire; exit 3"));
    const error = (await rejection(processes.failed)) as Error;
    expect(error.message).toMatch(/flaky ended unexpectedly \(exit code 3\)/);
    expect(error.message).toMatch(/the disk is on fire/);
    expect(error.message).toMatch(/logs\/flaky\.log/);
    await processes.stop();
  });

  it("fails a command with its last lines and advice", async () => {
    const processes = new Processes(state, rotation);
    const run = processes.run({ ...shell("setup", "echo no network >&2; exit 1"), advice: "Plug in the cable." });
    await expect(run).rejects.toThrow(/setup failed \(exit code 1\)[\s\S]*no network[\s\S]*Plug in the cable/);
  });

  it("tells a missing program like any other failure", async () => {
    const processes = new Processes(state, rotation);
    await expect(processes.run({ name: "absent", command: "/nonexistent/nginx", args: [], env: {} })).rejects.toThrow(
      /ENOENT/,
    );
  });

  it("ends from the front to the data, with grandchildren, and starts nothing afterwards", async () => {
    const processes = new Processes(state, rotation);
    const parts = (["data", "application", "front"] as const).map((layer) =>
      processes.start(shell(layer, "sleep 60 & echo $!; wait", layer)),
    );
    const grandchildren: number[] = [];
    for (const part of parts) {
      await waitUntilReady(part, 5, async () => part.log.lastLines(1).length > 0);
      grandchildren.push(Number(part.log.lastLines(1)[0]));
    }
    expect(grandchildren.every(isAlive)).toBe(true);
    const lines: string[] = [];
    await processes.stop((line) => lines.push(line));
    expect(lines.filter((line) => line.startsWith("…"))).toStrictEqual([
      "… ending front",
      "… ending application",
      "… ending data",
    ]);
    for (let attempt = 0; grandchildren.some(isAlive); attempt += 1) {
      expecting("a grandchild goes on", attempt).toBeLessThan(100);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    expect(() => processes.start(shell("late", "true"))).toThrow(/the start is ending/);
  });

  it("kills a part that ignores the polite signal", async () => {
    const processes = new Processes(state, rotation);
    const part = processes.start({ ...shell("deaf", "trap '' TERM; echo up; while :; do sleep 1; done"), stopMs: 300 });
    await waitUntilReady(part, 5, async () => part.log.lastLines(1)[0] === "up");
    await processes.stop();
    expect(part.running).toBe(false);
  });
});
