import assert from "node:assert/strict";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { Log, redact, rotate } from "../../local/log.ts";
import { temporaryFolder } from "./folder.ts";

describe("logs", () => {
  const folder = temporaryFolder();

  it("rotates by size while running and keeps only so many", () => {
    const path = join(folder, "part.log");
    const log = new Log(path, { maxBytes: 50, keep: 2 });
    for (let index = 0; index < 20; index += 1) log.write(`line ${index} of the log\n`);
    assert.ok(existsSync(`${path}.1`));
    assert.ok(existsSync(`${path}.2`));
    assert.ok(!existsSync(`${path}.3`));
    assert.match(readFileSync(path, "utf8"), /line 19/);
  });

  it("leaves a small log alone", () => {
    const path = join(folder, "small.log");
    writeFileSync(path, "small\n");
    assert.equal(rotate(path, { maxBytes: 100, keep: 2 }), false);
    assert.equal(readFileSync(path, "utf8"), "small\n");
  });

  it("joins chunks into lines and keeps the last ones", () => {
    const log = new Log(join(folder, "chunks.log"), { maxBytes: 1000, keep: 1 });
    log.write("one\ntw");
    log.write("o\nthree");
    log.flush();
    assert.deepEqual(log.lastLines(2), ["two", "three"]);
  });

  it("keeps tokens and query strings out", () => {
    const token = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl";
    const line = `upstream timed out, request: "GET /embedded/dashboard/x?jwt=${token} HTTP/2.0", referrer: "https://a.localhost/p?q=1"`;
    assert.ok(!redact(line).includes("eyJ"));
    assert.ok(!redact(line).includes("q=1"));
    assert.equal(redact(`token ${token} refused`), "token [token] refused");
    const log = new Log(join(folder, "secret.log"), { maxBytes: 1000, keep: 1 });
    log.write(`${line}\n`);
    assert.ok(!readFileSync(log.path, "utf8").includes(token));
  });
});
