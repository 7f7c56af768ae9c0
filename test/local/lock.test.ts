import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Lock, LockError } from "../../local/lock.ts";
import { birth } from "../../local/part.ts";
import { endLeftovers } from "../../local/processes.ts";
import { State } from "../../local/state.ts";
import { temporaryFolder } from "./folder.ts";

describe("the lock of a state folder", () => {
  const folder = temporaryFolder();
  const stateOf = (name: string): State => {
    const state = new State(join(folder, name));
    state.create();
    return state;
  };

  it("refuses a second start and names the first", () => {
    const lock = new Lock(stateOf("twice"));
    lock.take();
    assert.throws(
      () => lock.take(),
      (error: unknown) => {
        assert.ok(error instanceof LockError);
        assert.match(error.message, new RegExp(`process ${process.pid}\\) uses .*--port-offset`));
        return true;
      },
    );
    lock.release();
    lock.take();
  });

  it("takes over from a start that was killed, also when its pid lives again as another process", () => {
    const state = stateOf("killed");
    writeFileSync(state.path("lock"), JSON.stringify({ pid: process.pid, born: "an earlier life" }));
    new Lock(state).take();
    writeFileSync(state.path("lock"), "half a li");
    new Lock(state).take();
  });

  it("ends what a killed start left behind, and nobody else", { skip: !existsSync("/proc/self/stat") }, async () => {
    const state = stateOf("leftovers");
    const ours = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    const other = spawn("sleep", ["60"], { detached: true, stdio: "ignore" });
    assert.ok(ours.pid !== undefined && other.pid !== undefined);
    writeFileSync(state.path("run", "web.json"), JSON.stringify({ pid: ours.pid, born: birth(ours.pid) }));
    writeFileSync(state.path("run", "other.json"), JSON.stringify({ pid: other.pid, born: "1" }));
    const ended = once(ours, "exit");
    assert.deepEqual(await endLeftovers(state), ["web"]);
    await ended;
    assert.equal(other.exitCode, null);
    assert.equal(other.signalCode, null);
    other.kill("SIGKILL");
  });
});
