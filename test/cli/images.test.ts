import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { chartsOf, copyImage, imagesOf, MirrorError } from "../../cli/mirror.ts";
import { addons } from "../../contract/index.ts";
import { homeroom } from "./homeroom.ts";
import { present } from "../support/narrowing.ts";

const registry = "111111111111.dkr.ecr.ap-southeast-2.amazonaws.com";
const digest = (letter: string): string => `sha256:${letter.repeat(64)}`;

describe("homeroom images mirror", () => {
  const tools = mkdtempSync(join(tmpdir(), "homeroom-tools-"));
  const env = { ...process.env, PATH: `${tools}${delimiter}${process.env["PATH"] ?? ""}` };
  beforeAll(() => {
    // Stands in for crane: upstream's digest is in one file, and what was copied in another.
    writeFileSync(
      join(tools, "crane"),
      `#!/bin/sh\ncase "$1 $2" in\n"copy "*) echo "$2 $3" >> ${tools}/copied; cat ${tools}/arrives > ${tools}/there;;\n` +
        `"digest ${registry}"*) cat ${tools}/there;;\n*) cat ${tools}/upstream;;\nesac\n`,
    );
    chmodSync(join(tools, "crane"), 0o755);
  });
  afterAll(() => rmSync(tools, { recursive: true }));

  const [image] = imagesOf(registry);
  present(image);
  const upstream = (is: string, arrives = is): void => {
    writeFileSync(join(tools, "upstream"), is);
    writeFileSync(join(tools, "arrives"), arrives);
  };

  it("prints every image and chart and copies nothing in a dry run", async () => {
    const { code, out } = await homeroom("images", "mirror", "--config", "prod", "--dry-run");
    expect(code).toBe(0);
    const lines = out.split("\n");
    expect(lines).toHaveLength(imagesOf(registry).length + addons.releases.length);
    expect(
      lines.filter((line) => !line.includes("222222222222.dkr.ecr.ap-southeast-2.amazonaws.com/homeroom/")),
    ).toEqual([]);
  });

  it("names the tool that is missing", () => {
    expect(() => copyImage(image, undefined, { PATH: "/nonexistent" })).toThrow(/crane is not on PATH/);
  });

  it("copies by digest, so that a tag that moves meanwhile changes nothing", () => {
    upstream(digest("a"));
    expect(copyImage(image, digest("a"), env)).toBe(digest("a"));
    expect(readFileSync(join(tools, "copied"), "utf8")).toMatch(new RegExp(`@${digest("a")} ${registry}/homeroom/`));
  });

  it("refuses a tag that moved since the digest file was written", () => {
    upstream(digest("b"));
    expect(() => copyImage(image, digest("a"), env)).toThrow(MirrorError);
  });

  it("refuses a copy that arrived as something else", () => {
    upstream(digest("a"), digest("c"));
    expect(() => copyImage(image, undefined, env)).toThrow(/after the copy/);
  });

  it("drops the schema of the one chart whose schema refers to the internet", () => {
    expect(
      chartsOf(registry)
        .filter(({ dropSchema }) => dropSchema)
        .map(({ name }) => name),
    ).toStrictEqual(["nginx-ingress"]);
  });
});
