import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { root } from "../cli/homeroom.ts";

const folder = join(root, "docs/adr");
const read = (file: string): string => readFileSync(join(folder, file), "utf8");
const records = readdirSync(folder)
  .filter((file) => !["README.md", "template.md"].includes(file))
  .sort();

/** Rows of the index: number, file, title and status. */
const rows = [...read("README.md").matchAll(/^\| \[(\d+)\]\(([^)]+)\) \| (.+?) \| (.+?) \| .+ \|$/gm)].map(
  ([, number, file, title, status]) => ({ number: Number(number), file: String(file), title, status: String(status) }),
);

describe("decision records", () => {
  it("are numbered from 1 without gaps", () => {
    assert.deepEqual(
      records.map((file) => file.slice(0, 5)),
      records.map((_, index) => `${String(index + 1).padStart(4, "0")}-`),
    );
  });

  it("are all in the index, in order", () => {
    assert.deepEqual(
      rows.map(({ file }) => file),
      records,
    );
  });

  for (const { number, file, status } of rows) {
    it(`say number and status as the index does: ${file}`, () => {
      assert.equal(file.slice(0, 4), String(number).padStart(4, "0"));
      const [title = "", , stated = ""] = read(file).split("\n");
      assert.match(title, new RegExp(`^# ${number}\\. \\S`));
      assert.match(stated, new RegExp(`^Status: ${status}, \\d{4}-\\d{2}-\\d{2}\\.$`));
      assert.match(status, /^(accepted|superseded by \d+)$/);
      const [, successor] = / by (\d+)$/.exec(status) ?? [];
      if (successor !== undefined) assert.ok(records[Number(successor) - 1], `${file}: no record ${successor}`);
    });
  }
});
