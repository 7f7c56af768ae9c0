import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { run } from "../../../../cli/program.ts";
import { readPolicy } from "../../../../runtime/policy/compiler/compile.ts";
import { policyReport } from "../../../../runtime/policy/report/report.ts";

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
    assert.equal(code, 0, lines.join("\n"));
  });

  it("says for every dataset and role what it sees, in words and in the SQL of both locks", () => {
    for (const { table } of policy.datasets.values()) {
      const quoted = table.replace(".", '"."');
      assert.ok(text.includes(`create policy homeroom_reader on "${quoted}" for select to "analytics_reader"`), table);
    }
    assert.match(
      text,
      /\| teacher \| rows whose tenant is the token's tenant and whose school_id is .* and whose class_id is one of the token's class_ids \| `tenant = ‹tenant› AND school_id = ‹school_id› AND class_id IN \(‹class_ids›\)` \|/,
    );
    assert.match(text, /\| student \| nothing \| `1 = 0` \|/);
  });

  it("labels a source that has one lock, with its reason", () => {
    assert.match(text, /\| shared \| r \| postgresql \| north \| two \|/);
    assert.match(text, /\| old \| r \| mysql \| nobody \| \*\*one lock\*\*: moves away in \\\| May \|/);
  });
});
