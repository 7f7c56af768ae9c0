import { readFileSync } from "node:fs";
import { describe, expect, it } from "@jest/globals";
import { policyFiles } from "../../../../runtime/policy/compiler/compile.ts";
import { compilePolicy } from "../../../../runtime/policy/compiler/compiled-policy.ts";
import { claimsSchema } from "../../../../contract/index.ts";
import { schemaOfClaims } from "../../../../runtime/policy/language/claims-schema.ts";
import { parsePolicy, PolicyError } from "../../../../runtime/policy/language/policy.ts";
import { expecting } from "../../../support/expecting.ts";
import { instance } from "../../../support/narrowing.ts";

const shipped = readFileSync(policyFiles.policy, "utf8");

function problems(change: (text: string) => string): readonly string[] {
  const text = change(shipped);
  expecting("the change must change something", text).not.toBe(shipped);
  try {
    parsePolicy(text, "rows.yaml");
  } catch (error) {
    instance(error, PolicyError, String(error));
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
    expect(found).toHaveLength(4);
    expect(
      found.some((problem) => problem.startsWith("claims.class_ids: is text here but integer_set or uuid_set")),
    ).toBe(true);
    expect(found.some((problem) => problem.startsWith("scopes.classes.2.op: in does not fit class_ids"))).toBe(true);
    expect(found.some((problem) => problem.includes("roles.teacher: class is not among scopes"))).toBe(true);
    expect(
      found.some((problem) => problem.startsWith("datasets.finances.table: public.attendance belongs to attendance")),
    ).toBe(true);
  });

  it("refuses a scope that does not bind tenant and school", () => {
    const found = problems((text) => text.replace("    - { column: school_id, op: eq, claim: school_id }\n", ""));
    expect(found.join()).toMatch(/scopes\.school: must bind column school_id to claim school_id/);
  });

  it("refuses a scope that binds the school's column to another claim", () => {
    const found = problems((text) =>
      text.replace("column: school_id, op: eq, claim: school_id", "column: school_id, op: eq, claim: student_id"),
    );
    expect(found.join()).toMatch(/must bind column school_id to claim school_id/);
  });

  it("refuses a scope whose claims the role's token does not carry", () => {
    const found = problems((text) =>
      text.replace(
        "{ principal: school, head_of_subject: subject, teacher: classes }",
        "{ principal: own, teacher: classes }",
      ),
    );
    expect(found.join()).toMatch(/scope own needs claim student_id, which a principal's token does not carry/);
  });

  it("refuses unknown roles, members, versions and table names", () => {
    expect(problems((text) => text.replace("{ principal: school }", "{ admin: school }")).join()).toMatch(
      /datasets\.teacher_workload\.roles: admin is not among roles: principal, head_of_subject, teacher, student/,
    );
    expect(problems((text) => text.replace("version: 1", "version: 2")).join()).toMatch(/version/);
    expect(problems((text) => `${text}\nextra: true\n`).join()).toMatch(/extra/);
    expect(problems((text) => text.replace("public.finances", "public.finances;drop")).join()).toMatch(
      /datasets\.finances\.table/,
    );
    expect(problems((text) => `${text}\nversion: 1\n`).join()).toMatch(/YAML/);
    expect(problems((text) => `${text}\nextra: *claims\n`).join()).toMatch(/YAML/);
    expect(problems((text) => `${text.replace("claims:", "claims: &claims")}\nextra: *claims\n`).join()).toMatch(
      /alias/,
    );
  });

  it("refuses a dataset without a description and a description without a policy", () => {
    const policy = parsePolicy(shipped, "rows.yaml");
    const described = new Set([...policy.datasets.keys()].filter((name) => name !== "finances")).add("salaries");
    expect(() => compilePolicy(policy, described)).toThrow(/datasets\.finances[^]*datasets\.salaries/);
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
      school_id: ["integer", "uuid"],
      class_ids: ["integer_set", "uuid_set"],
      email: "text",
      subject_area: "text",
    };
    for (const [claim, type] of Object.entries(types)) expect(schema.typesOf(claim)).toStrictEqual([type].flat());
    for (const claim of ["opened", "org_structure", "role_of_nobody", "toString"]) {
      expecting(claim, schema.typesOf(claim)).toStrictEqual([]);
    }
    expect(problems((text) => text.replace("tenant: text", "tenant: text\n  campus_id: uuid")).join()).toMatch(
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
    expect(
      policy.datasets
        .get("finances")
        ?.roles.get("principal")
        ?.map(({ type }) => type),
    ).toStrictEqual(["text", "integer", "uuid", "date", "text_set"]);
  });

  describe("with roles that extend others", () => {
    const withRoles = (roles: string, finances: string) => (text: string) =>
      text
        .replace(
          "roles:\n  principal: {}\n  head_of_subject: {}\n  teacher: {}\n  student: {}",
          `roles:\n  head_of_subject: {}\n  ${roles}`,
        )
        .replace("public.finances\n    roles: { principal: school }", `public.finances\n    roles: { ${finances} }`);

    it("gives a role the scope of the one it extends, unless the dataset names its own", () => {
      const change = withRoles(
        "principal: {}\n  teacher: { extends: [principal] }\n  student: {}",
        "principal: school",
      );
      const policy = parsePolicy(change(shipped), "rows.yaml");
      const scopes = (dataset: string): (number | undefined)[] =>
        ["principal", "teacher", "student"].map((role) => policy.datasets.get(dataset)?.roles.get(role)?.length);
      expect(scopes("finances")).toStrictEqual([2, 2, undefined]);
      expect(scopes("assessments")).toStrictEqual([2, 3, 3]);
    });

    it("refuses a role that extends itself by any way, an unknown one, and one that no token carries", () => {
      expect(
        problems(
          withRoles(
            "principal: { extends: [student] }\n  teacher: { extends: [principal] }\n  student: { extends: [teacher] }",
            "principal: school",
          ),
        ).join("\n"),
      ).toMatch(/roles\.principal\.extends: goes in a circle: principal → student → teacher → principal/);
      expect(
        problems(
          withRoles("principal: { extends: [principal] }\n  teacher: {}\n  student: {}", "principal: school"),
        ).join(),
      ).toMatch(/goes in a circle: principal → principal/);
      const found = problems(
        withRoles("principal: { extends: [head] }\n  teacher: {}\n  student: {}\n  janitor: {}", "principal: school"),
      ).join("\n");
      expect(found).toMatch(/roles\.principal\.extends: head is not among roles/);
      expect(found).toMatch(/roles\.janitor: no token can carry it/);
    });

    it("refuses to guess between two scopes, and a scope whose claims the heir's token lacks", () => {
      expect(
        problems(
          withRoles(
            "principal: {}\n  teacher: {}\n  student: { extends: [principal, teacher] }",
            "principal: school, teacher: classes",
          ),
        ).join("\n"),
      ).toMatch(/datasets\.finances\.roles\.student: inherits school and classes; name the scope that it has here/);
      expect(
        problems(withRoles("principal: { extends: [teacher] }\n  teacher: {}\n  student: {}", "teacher: classes")).join(
          "\n",
        ),
      ).toMatch(
        /datasets\.finances\.roles\.principal: scope classes needs claim class_ids, which a principal's token does not carry/,
      );
    });
  });
});
