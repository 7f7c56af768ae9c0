import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { policyFiles } from "../../../../runtime/policy/compiler/compile.ts";
import { compilePolicy } from "../../../../runtime/policy/compiler/compiled-policy.ts";
import { claimsSchema } from "../../../../contract/index.ts";
import { schemaOfClaims } from "../../../../runtime/policy/language/claims-schema.ts";
import { parsePolicy, PolicyError } from "../../../../runtime/policy/language/policy.ts";

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
    assert.match(
      problems((text) => text.replace("{ principal: school }", "{ admin: school }")).join(),
      /datasets\.teacher_workload\.roles: admin is not among roles: principal, teacher, student/,
    );
    assert.match(problems((text) => text.replace("version: 1", "version: 2")).join(), /version/);
    assert.match(problems((text) => `${text}\nextra: true\n`).join(), /extra/);
    assert.match(
      problems((text) => text.replace("public.finances", "public.finances;drop")).join(),
      /datasets\.finances\.table/,
    );
    assert.match(problems((text) => `${text}\nversion: 1\n`).join(), /YAML/);
    assert.match(problems((text) => `${text}\nextra: *claims\n`).join(), /YAML/);
    assert.match(problems((text) => `${text.replace("claims:", "claims: &claims")}\nextra: *claims\n`).join(), /alias/);
  });

  it("refuses a dataset without a UUID and a UUID without a policy", () => {
    const policy = parsePolicy(shipped, "rows.yaml");
    const uuids = new Map([...policy.datasets.keys()].map((name) => [name, "f40e2ccc-19fa-5337-9d5f-a5aa5b27368f"]));
    uuids.delete("finances");
    uuids.set("salaries", "f40e2ccc-19fa-5337-9d5f-a5aa5b27368f");
    assert.throws(() => compilePolicy(policy, uuids), /datasets\.finances[^]*datasets\.salaries/);
  });

  it("takes every claim that contract/claims.schema.json has, of each type, and no other", () => {
    const source = {
      ...claimsSchema,
      properties: {
        ...claimsSchema.properties,
        campus_id: { type: "string", format: "uuid" },
        enrolled_on: { type: "string", format: "date" },
        subjects: { type: "array", items: { $ref: "#/$defs/label" } },
        opened: { type: "boolean" },
      },
    };
    const schema = schemaOfClaims(source);
    const types = {
      campus_id: "uuid",
      enrolled_on: "date",
      subjects: "text_set",
      class_ids: "integer_set",
      email: "text",
    };
    for (const [claim, type] of Object.entries(types)) assert.equal(schema.typeOf(claim), type);
    for (const claim of ["opened", "org_structure", "subject_area", "role_of_nobody", "toString"]) {
      assert.equal(schema.typeOf(claim), undefined, claim);
    }
    assert.match(
      problems((text) => text.replace("tenant: text", "tenant: text\n  campus_id: uuid")).join(),
      /claims\.campus_id: contract\/claims\.schema\.json has no such claim/,
    );
    const required = { ...source, required: [...source.required, "campus_id", "enrolled_on", "subjects"] };
    const text = shipped
      .replace("tenant: text", "tenant: text\n  campus_id: uuid\n  enrolled_on: date\n  subjects: text_set")
      .replace(
        "  classes:\n",
        `  campus:
    - { column: tenant, op: eq, claim: tenant }
    - { column: school_id, op: eq, claim: school_id }
    - { column: campus, op: eq, claim: campus_id }
    - { column: since, op: eq, claim: enrolled_on }
    - { column: subject, op: in, claim: subjects }
  classes:
`,
      )
      .replace("finances\n    roles: { principal: school }", "finances\n    roles: { principal: campus }");
    const policy = parsePolicy(text, "rows.yaml", schemaOfClaims(required));
    assert.deepEqual(
      policy.datasets
        .get("finances")
        ?.roles.get("principal")
        ?.map(({ type }) => type),
      ["text", "integer", "uuid", "date", "text_set"],
    );
  });

  describe("with roles that extend others", () => {
    const withRoles = (roles: string, finances: string) => (text: string) =>
      text
        .replace("roles:\n  principal: {}\n  teacher: {}\n  student: {}", `roles:\n  ${roles}`)
        .replace("public.finances\n    roles: { principal: school }", `public.finances\n    roles: { ${finances} }`);

    it("gives a role the scope of the one it extends, unless the dataset names its own", () => {
      const change = withRoles(
        "principal: {}\n  teacher: { extends: [principal] }\n  student: {}",
        "principal: school",
      );
      const policy = parsePolicy(change(shipped), "rows.yaml");
      const scopes = (dataset: string): (number | undefined)[] =>
        ["principal", "teacher", "student"].map((role) => policy.datasets.get(dataset)?.roles.get(role)?.length);
      assert.deepEqual(scopes("finances"), [2, 2, undefined]);
      assert.deepEqual(scopes("assessments"), [2, 3, 3]);
    });

    it("refuses a role that extends itself by any way, an unknown one, and one that no token carries", () => {
      assert.match(
        problems(
          withRoles(
            "principal: { extends: [student] }\n  teacher: { extends: [principal] }\n  student: { extends: [teacher] }",
            "principal: school",
          ),
        ).join("\n"),
        /roles\.principal\.extends: goes in a circle: principal → student → teacher → principal/,
      );
      assert.match(
        problems(
          withRoles("principal: { extends: [principal] }\n  teacher: {}\n  student: {}", "principal: school"),
        ).join(),
        /goes in a circle: principal → principal/,
      );
      const found = problems(
        withRoles("principal: { extends: [head] }\n  teacher: {}\n  student: {}\n  janitor: {}", "principal: school"),
      ).join("\n");
      assert.match(found, /roles\.principal\.extends: head is not among roles/);
      assert.match(found, /roles\.janitor: no token can carry it/);
    });

    it("refuses to guess between two scopes, and a scope whose claims the heir's token lacks", () => {
      assert.match(
        problems(
          withRoles(
            "principal: {}\n  teacher: {}\n  student: { extends: [principal, teacher] }",
            "principal: school, teacher: classes",
          ),
        ).join("\n"),
        /datasets\.finances\.roles\.student: inherits school and classes; name the scope that it has here/,
      );
      assert.match(
        problems(withRoles("principal: { extends: [teacher] }\n  teacher: {}\n  student: {}", "teacher: classes")).join(
          "\n",
        ),
        /datasets\.finances\.roles\.principal: scope classes needs claim class_ids, which a principal's token does not carry/,
      );
    });
  });
});
