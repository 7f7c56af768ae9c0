import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { policyFiles } from "../../../runtime/policy/compile.ts";
import { compilePolicy } from "../../../runtime/policy/compiled-policy.ts";
import { parsePolicy, PolicyError } from "../../../runtime/policy/policy.ts";

const shipped = readFileSync(policyFiles.policy, "utf8");

function problems(change: (text: string) => string): readonly string[] {
  const text = change(shipped);
  assert.notEqual(text, shipped, "the change must change something");
  try {
    parsePolicy(text, "rows.yaml");
  } catch (error) {
    assert.ok(error instanceof PolicyError, String(error));
    return error.problems;
  }
  return [];
}

describe("row policy", () => {
  it("reports every problem with its path in one error", () => {
    const found = problems((text) =>
      text
        .replace("class_ids: integer_set", "class_ids: text")
        .replace("teacher: classes }", "teacher: class }")
        .replace("table: public.finances", "table: public.attendance"),
    );
    assert.equal(found.length, 4);
    assert.ok(found.some((problem) => problem.startsWith("claims.class_ids: is text here but integer_set")));
    assert.ok(found.some((problem) => problem.startsWith("scopes.classes.2.op: in does not fit class_ids")));
    assert.ok(found.some((problem) => problem.includes("roles.teacher: class is not among scopes")));
    assert.ok(
      found.some((problem) => problem.startsWith("datasets.finances.table: public.attendance belongs to attendance")),
    );
  });

  it("refuses a scope that does not bind tenant and school", () => {
    const found = problems((text) => text.replace("    - { column: school_id, op: eq, claim: school_id }\n", ""));
    assert.match(found.join(), /scopes\.school: must bind column school_id to claim school_id/);
  });

  it("refuses a scope that binds the school's column to another claim", () => {
    const found = problems((text) =>
      text.replace("column: school_id, op: eq, claim: school_id", "column: school_id, op: eq, claim: student_id"),
    );
    assert.match(found.join(), /must bind column school_id to claim school_id/);
  });

  it("refuses a scope whose claims the role's token does not carry", () => {
    const found = problems((text) =>
      text.replace("{ principal: school, teacher: classes }", "{ principal: own, teacher: classes }"),
    );
    assert.match(found.join(), /scope own needs claim student_id, which a principal's token does not carry/);
  });

  it("refuses unknown roles, members, versions and table names", () => {
    assert.match(problems((text) => text.replace("{ principal: school }", "{ admin: school }")).join(), /roles/);
    assert.match(problems((text) => text.replace("version: 1", "version: 2")).join(), /version/);
    assert.match(problems((text) => `${text}\nextra: true\n`).join(), /extra/);
    assert.match(
      problems((text) => text.replace("public.finances", "public.finances;drop")).join(),
      /datasets\.finances\.table/,
    );
    assert.match(problems((text) => `${text}\nversion: 1\n`).join(), /YAML/);
  });

  it("refuses a dataset without a UUID and a UUID without a policy", () => {
    const policy = parsePolicy(shipped, "rows.yaml");
    const uuids = new Map([...policy.datasets.keys()].map((name) => [name, "f40e2ccc-19fa-5337-9d5f-a5aa5b27368f"]));
    uuids.delete("finances");
    uuids.set("salaries", "f40e2ccc-19fa-5337-9d5f-a5aa5b27368f");
    assert.throws(() => compilePolicy(policy, uuids), /datasets\.finances[^]*datasets\.salaries/);
  });
});
