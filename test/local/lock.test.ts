import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Lock, LockError } from "../../local/lock.ts";
import { readStartTime } from "../../local/supervised-process.ts";
import { endLeftovers } from "../../local/processes.ts";
import { State } from "../../local/state.ts";
import { temporaryFolder } from "./folder.ts";
import { instance, present } from "../support/narrowing.ts";
import { thrown } from "../support/thrown.ts";

describe("the lock of a state folder", () => {
  const folder = temporaryFolder();
  const stateOf = (name: string): State => {
    const state = new State(join(folder, name));
    state.create();
    return state;
  };

  it("refuses a second start and names the first", () => {
    const lock = new Lock(stateOf("twice"));
    lock.acquire();
    const error = thrown(() => lock.acquire());
    instance(error, LockError);
    expect(error.message).toMatch(new RegExp(`process ${process.pid}\\) uses .*--port-offset`));
    lock.release();
    lock.acquire();
  });

  it("takes over from a start that was killed, also when its pid lives again as another process", () => {
    const state = stateOf("killed");
    writeFileSync(state.path("lock"), JSON.stringify({ pid: process.pid, born: "an earlier life" }));
    new Lock(state).acquire();
    writeFileSync(state.path("lock"), "half a li");
    new Lock(state).acquire();
  });

  const itReadsProc = existsSync("/proc/self/stat") ? it : it.skip;
  itReadsProc("ends what a killed start left behind, and nobody else", async () => {
    const state = stateOf("leftovers");
    const ours = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const other = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    present(ours.pid);
    present(other.pid);
    writeFileSync(state.path("run", "web.json"), JSON.stringify({ pid: ours.pid, born: readStartTime(ours.pid) }));
    writeFileSync(state.path("run", "other.json"), JSON.stringify({ pid: other.pid, born: "1" }));
    const ended = once(ours, "exit");
    expect(await endLeftovers(state)).toStrictEqual(["web"]);
    await ended;
    expect(other.exitCode).toBeNull();
    expect(other.signalCode).toBeNull();
    other.kill("SIGKILL");
  });
});
