import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { Log, redact, rotate } from "../../local/log.ts";
import { temporaryFolder } from "./folder.ts";

describe("logs", () => {
  const folder = temporaryFolder();

  it("rotates by size while running and keeps only so many", () => {
    const path = join(folder, "part.log");
    const log = new Log(path, { maxBytes: 50, keep: 2 });
    for (let index = 0; index < 20; index += 1) log.write(`line ${index} of the log\n`);
    expect(existsSync(`${path}.1`)).toBe(true);
    expect(existsSync(`${path}.2`)).toBe(true);
    expect(existsSync(`${path}.3`)).toBe(false);
    expect(readFileSync(path, "utf8")).toMatch(/line 19/);
  });

  it("leaves a small log alone", () => {
    const path = join(folder, "small.log");
    writeFileSync(path, "small\n");
    expect(rotate(path, { maxBytes: 100, keep: 2 })).toBe(false);
    expect(readFileSync(path, "utf8")).toBe("small\n");
  });

  it("joins chunks into lines and keeps the last ones", () => {
    const log = new Log(join(folder, "chunks.log"), { maxBytes: 1000, keep: 1 });
    log.write("one\ntw");
    log.write("o\nthree");
    log.flush();
    expect(log.lastLines(2)).toStrictEqual(["two", "three"]);
  });

  it("keeps tokens and query strings out", () => {
    const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    const line = `upstream timed out, request: "GET /embedded/dashboard/x?jwt=${token} HTTP/2.0", referrer: "https://a.localhost/p?q=1"`;
    expect(redact(line)).not.toContain("eyJ");
    expect(redact(line)).not.toContain("q=1");
    expect(redact(`token ${token} refused`)).toBe("token [token] refused");
    const log = new Log(join(folder, "secret.log"), { maxBytes: 1000, keep: 1 });
    log.write(`${line}\n`);
    expect(readFileSync(log.path, "utf8")).not.toContain(token);
  });
});
