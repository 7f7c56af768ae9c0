import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import { parseArguments } from "../../local/arguments.ts";

describe("arguments of npm start", () => {
  it("has defaults for everything", () => {
    assert.deepEqual(parseArguments([], "/x/.homeroom"), {
      state: "/x/.homeroom",
      portOffset: 0,
      reset: false,
      portal: true,
      trustCa: false,
    });
  });

  it("reads every option", () => {
    const args = ["--state", "/tmp/s", "--port-offset", "1000", "--reset", "--no-portal", "--trust-ca"];
    assert.deepEqual(parseArguments(args, "/x"), {
      state: "/tmp/s",
      portOffset: 1000,
      reset: true,
      portal: false,
      trustCa: true,
    });
  });

  it("tells all with --help and exits with 0", () => {
    const text = execFileSync(process.execPath, ["--import", "tsx", "local/start.ts", "--help"], { encoding: "utf8" });
    for (const word of [
      "--state",
      "--port-offset",
      "--reset",
      "--no-portal",
      "--trust-ca",
      "HOMEROOM_PYTHON",
      "logs/",
    ]) {
      assert.ok(text.includes(word), `--help does not name ${word}`);
    }
  });

  for (const args of [["--port-offset", "-5"], ["--port-offset", "1e3"], ["--bogus"], ["stray"]]) {
    it(`refuses ${args.join(" ")} and points to --help`, () => {
      const result = spawnSync(process.execPath, ["--import", "tsx", "local/start.ts", ...args], { encoding: "utf8" });
      assert.equal(result.status, 1);
      assert.match(result.stderr, /--help tells all options/);
    });
  }
});
