import { describe, expect, it } from "@jest/globals";
import { run } from "../../../../cli/program.ts";
import { readPolicy } from "../../../../runtime/policy/compiler/compile.ts";
import { policyReport } from "../../../../runtime/policy/report/report.ts";
import { expecting } from "../../../support/expecting.ts";

const policy = readPolicy();
const text = policyReport({
  policy,
  hash: "sha256:0",
  descriptions: new Map(),
  deployments: [
    {
      file: "config/test.ts",
      sources: [
        { id: "shared", region: "r", engine: "postgresql", oneLockBecause: undefined, tenants: ["north"] },
        { id: "old", region: "r", engine: "mysql", oneLockBecause: "moves away in | May", tenants: [] },
      ],
    },
  ],
});

describe("the auditor's page", () => {
  it("is current: run `homeroom policy report` after a change of the policy, a dataset or a source", async () => {
    const lines: string[] = [];
    const say = (line: string): number => lines.push(line);
    const code = await run(["node", "homeroom", "policy", "report", "--check"], { print: say, fail: say });
    process.exitCode = 0;
    expecting(lines.join("\n"), code).toBe(0);
  });

  it("says for every dataset and role what it sees, in words and in the SQL of both locks", () => {
    for (const { table } of policy.datasets.values()) {
      const quoted = table.replace(".", '"."');
      expecting(table, text).toContain(`create policy homeroom_reader on "${quoted}" for select to "analytics_reader"`);
    }
    expect(text).toMatch(
      /\| teacher \| own school, own class_ids \| `tenant = ‹tenant› AND school_id = ‹school_id› AND class_id IN \(‹class_ids›\)` \|/,
    );
    expect(text).toMatch(/\| student \| nothing \| `1 = 0` \|/);
  });

  it("fits a screen: contents, and a condition of the SQL on each line", () => {
    expect(text).toMatch(/^Contents:\n- \[/m);
    const sql = [...text.matchAll(/```sql\n([^]*?)\n```/g)].flatMap(([, code = ""]) => code.split("\n"));
    expect(sql.length).toBeGreaterThan(9);
    expect(sql.filter((line) => line.length > 120)).toStrictEqual([]);
  });

  it("labels a source that has one lock, with its reason", () => {
    expect(text).toMatch(/\| shared \| r \| postgresql \| north \| two \|/);
    expect(text).toMatch(/\| old \| r \| mysql \| nobody \| \*\*one lock\*\*: moves away in \\\| May \|/);
  });
});
