import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "@jest/globals";
import { root } from "../cli/homeroom.ts";
import { expecting } from "../support/expecting.ts";

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
    expect(records.map((file) => file.slice(0, 5))).toStrictEqual(
      records.map((_, index) => `${String(index + 1).padStart(4, "0")}-`),
    );
  });

  it("are all in the index, in order", () => {
    expect(rows.map(({ file }) => file)).toStrictEqual(records);
  });

  for (const { number, file, status } of rows) {
    it(`say number and status as the index does: ${file}`, () => {
      expect(file.slice(0, 4)).toBe(String(number).padStart(4, "0"));
      const [title = "", , stated = ""] = read(file).split("\n");
      expect(title).toMatch(new RegExp(`^# ${number}\\. \\S`));
      expect(stated).toMatch(new RegExp(`^Status: ${status}, \\d{4}-\\d{2}-\\d{2}\\.$`));
      expect(status).toMatch(/^(accepted|superseded by \d+)$/);
      const [, successor] = / by (\d+)$/.exec(status) ?? [];
      if (successor !== undefined)
        expecting(`${file}: no record ${successor}`, records[Number(successor) - 1]).toBeTruthy();
    });
  }
});
