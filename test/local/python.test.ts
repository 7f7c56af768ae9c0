import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { findPython } from "../../local/python.ts";
import { temporaryFolder } from "./folder.ts";

describe("the search for Python", () => {
  const folder = temporaryFolder();
  const pretend = (name: string, script: string): string => {
    const path = join(folder, name);
    writeFileSync(path, `#!/bin/sh\n${script}\n`);
    chmodSync(path, 0o755);
    return path;
  };
  const problemOf = async (command: string): Promise<string> => {
    const finding = await findPython(command);
    if (!("problem" in finding)) throw new Error(`${command} was taken`);
    expect(finding.problem).toMatch(/HOMEROOM_PYTHON=/);
    return finding.problem;
  };

  it("accepts 3.11 and 3.12", async () => {
    for (const version of ["3.11.2", "3.12.9"]) {
      const finding = await findPython(pretend(version, `echo ${version}; echo /usr/bin/python`));
      expect(finding).toStrictEqual({ python: { command: "/usr/bin/python", version } });
    }
  });

  it("refuses one that is too old, too new or missing, and says which", async () => {
    expect(await problemOf(pretend("old", "echo 3.10.13"))).toMatch(/Python 3\.10\.13, too old/);
    expect(await problemOf(pretend("new", "echo 3.13.0"))).toMatch(/Python 3\.13\.0, too new/);
    expect(await problemOf("/nonexistent/python")).toMatch(/does not exist/);
  });

  it("runs a candidate for real: a shim that refuses is no Python", async () => {
    const shim = pretend("shim", "echo 'pyenv: python3.12: command not found' >&2; exit 127");
    expect(await problemOf(shim)).toMatch(/does not run \(pyenv: python3\.12: command not found\)/);
  });

  it("names a missing venv module", async () => {
    const bare = pretend("bare", "echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1");
    expect(await problemOf(bare)).toMatch(/lacks its module ensurepip/);
  });
});
