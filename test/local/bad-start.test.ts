import { spawn } from "node:child_process";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { temporaryFolder } from "./folder.ts";
import { expecting } from "../support/expecting.ts";

interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

const firstOffset = 21_700;
let offset = firstOffset;

function start(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ending> {
  return new Promise((resolve) => {
    const child = spawn(
      process.execPath,
      ["--import", "tsx", "local/start.ts", "--port-offset", String(offset), ...args],
      {
        env: { ...process.env, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      },
    );
    let stdout = "";
    let stderr = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    child.on("close", (code) => resolve({ code, stdout, stderr }));
  });
}

describe("a bad start", () => {
  const folder = temporaryFolder();
  let squatter: Server;
  let occupied: number;
  // Another checkout may run this test at the same time.
  beforeAll(async () => {
    for (; offset < firstOffset + 100; offset += 1) {
      occupied = 8080 + offset;
      const server = createServer();
      const isOurs = await new Promise<boolean>((resolve) => {
        server.once("error", () => resolve(false));
        server.listen(occupied, "127.0.0.1", () => resolve(true));
      });
      if (isOurs) return void (squatter = server);
    }
    throw new Error(`ports ${8080 + firstOffset} to ${occupied} are all in use`);
  });
  afterAll(() => void squatter.close());

  it("names the port in use, what needs it, and what to do; nothing was started", async () => {
    const state = join(folder, "port");
    const { code, stdout, stderr } = await start(["--state", state]);
    expect(code).toBe(1);
    expect(stderr).toMatch(new RegExp(`Port ${occupied} on 127.0.0.1, needed for nginx, HTTP, is in use`));
    expect(stderr).toMatch(/--port-offset/);
    expect(stdout).not.toMatch(/PostgreSQL/);
    expect(stderr).not.toMatch(/\n\s+at /);
    expecting("the lock was left behind", existsSync(join(state, "lock"))).toBe(false);
  });

  it("reports several problems at once", async () => {
    const file = join(folder, "in-the-way");
    writeFileSync(file, "");
    const { code, stderr } = await start(["--state", file], { HOMEROOM_PYTHON: "/nonexistent" });
    expect(code).toBe(1);
    expect(stderr).toMatch(/Cannot start, 3 problem\(s\)/);
    expect(stderr).toMatch(/is a file\. Remove it or choose another folder with --state DIR/);
    expect(stderr).toMatch(/HOMEROOM_PYTHON\): \/nonexistent does not exist/);
    expect(stderr).toMatch(/Port \d+ .* is in use/);
  });

  it("refuses a corrupt state and says how to begin anew", async () => {
    const state = join(folder, "corrupt");
    mkdirSync(state);
    writeFileSync(join(state, "homeroom-state.json"), "}{");
    const { code, stderr } = await start(["--state", state]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/corrupt.*--reset/);
  });

  it("refuses to reset a folder that is not ours", async () => {
    const state = join(folder, "precious");
    mkdirSync(state);
    writeFileSync(join(state, "thesis.odt"), "");
    const { code, stderr } = await start(["--state", state, "--reset"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/--reset refuses to delete/);
    expect(existsSync(join(state, "thesis.odt"))).toBe(true);
  });
});
