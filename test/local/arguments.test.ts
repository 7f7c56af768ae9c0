import { execFileSync, spawnSync } from "node:child_process";
import { describe, expect, it } from "@jest/globals";
import { parseArguments } from "../../local/arguments.ts";
import { expecting } from "../support/expecting.ts";

describe("arguments of npm start", () => {
  it("has defaults for everything", () => {
    expect(parseArguments([], "/x/.homeroom")).toStrictEqual({
      state: "/x/.homeroom",
      portOffset: 0,
      reset: false,
      portal: true,
      trustCa: false,
    });
  });

  it("reads every option", () => {
    const args = ["--state", "/tmp/s", "--port-offset", "1000", "--reset", "--no-portal", "--trust-ca"];
    expect(parseArguments(args, "/x")).toStrictEqual({
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
      expecting(`--help does not name ${word}`, text).toContain(word);
    }
  });

  for (const args of [["--port-offset", "-5"], ["--port-offset", "1e3"], ["--bogus"], ["stray"]]) {
    it(`refuses ${args.join(" ")} and points to --help`, () => {
      const result = spawnSync(process.execPath, ["--import", "tsx", "local/start.ts", ...args], { encoding: "utf8" });
      expect(result.status).toBe(1);
      expect(result.stderr).toMatch(/--help tells all options/);
    });
  }
});
