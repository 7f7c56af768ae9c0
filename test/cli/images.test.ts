import assert from "node:assert/strict";
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { after, before, describe, it } from "node:test";
import { chartsOf, copyImage, imagesOf, MirrorError } from "../../cli/mirror.ts";
import { addons } from "../../contract/index.ts";
import { homeroom } from "./homeroom.ts";

const registry = "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com";
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe("homeroom images mirror", () => {
  const tools = mkdtempSync(join(tmpdir(), "homeroom-tools-"));
  const path = process.env["PATH"] ?? "";
  before(() => {
    // Stands in for crane: upstream's digest is in one file, and what was copied in another.
    writeFileSync(
      join(tools, "crane"),
      `#!/bin/sh\ncase "$1 $2" in\n"copy "*) echo "$2 $3" >> ${tools}/copied; cat ${tools}/arrives > ${tools}/there;;\n` +
        `"digest ${registry}"*) cat ${tools}/there;;\n*) cat ${tools}/upstream;;\nesac\n`,
    );
    chmodSync(join(tools, "crane"), 0o755);
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(tools, { recursive: true });
  });

  const [image] = imagesOf(registry);
  assert.ok(image);
  const upstream = (is: string, arrives = is): void => {
    process.env["PATH"] = `${tools}${delimiter}${path}`;
    writeFileSync(join(tools, "upstream"), is);
    writeFileSync(join(tools, "arrives"), arrives);
  };

  it("prints every image and chart and copies nothing in a dry run", async () => {
    const { code, out } = await homeroom("images", "mirror", "--config", "prod", "--dry-run");
    assert.equal(code, 0);
    const lines = out.split("\n");
    assert.equal(lines.length, imagesOf(registry).length + addons.releases.length);
    assert.ok(lines.every((line) => line.includes("222222222222.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/")));
  });

  it("names the tool that is missing", () => {
    process.env["PATH"] = "/nonexistent";
    assert.throws(() => copyImage(image, undefined), /crane is not on PATH/);
  });

  it("copies by digest, so that a tag that moves meanwhile changes nothing", () => {
    upstream(digest("a"));
    assert.equal(copyImage(image, digest("a")), digest("a"));
    assert.match(readFileSync(join(tools, "copied"), "utf8"), new RegExp(`@${digest("a")} ${registry}/homeroom/`));
  });

  it("refuses a tag that moved since the digest file was written", () => {
    upstream(digest("b"));
    assert.throws(() => copyImage(image, digest("a")), MirrorError);
  });

  it("refuses a copy that arrived as something else", () => {
    upstream(digest("a"), digest("c"));
    assert.throws(() => copyImage(image, undefined), /after the copy/);
  });

  it("drops the schema of the one chart whose schema refers to the internet", () => {
    assert.deepEqual(
      chartsOf(registry)
        .filter(({ dropSchema }) => dropSchema)
        .map(({ name }) => name),
      ["nginx-ingress"],
    );
  });
});
