import { describe, expect, it } from "@jest/globals";
import { auditEvents } from "../../contract/index.ts";

const ocsfClasses = [1008, 2004, 3002, 3003, 3004, 3006, 3007, 3008, 6001, 6002, 6003, 6005, 6006];
const members = [
  "actor",
  "bytes",
  "chart",
  "dashboard",
  "error",
  "fields",
  "filters",
  "resource",
  "route",
  "rows",
  "status",
];

describe("events of the audit trail", () => {
  for (const [name, kind] of auditEvents) {
    it(`${name} has a class of OCSF, a retention and a sentence of known members`, () => {
      expect(name).toMatch(/^[a-z_]+\.[a-z_]+$/);
      expect(ocsfClasses).toContain(kind.class);
      for (const sentence of [kind.sentence, kind.failure ?? kind.sentence])
        for (const [, member] of sentence.matchAll(/\{([^}]*)\}/g)) expect(members).toContain(member);
    });
  }

  it("waits for the database before roles, rights, connections and keys change", () => {
    const first = [...auditEvents].filter(([, kind]) => kind.durability === "A").map(([name]) => name);
    expect(first.sort()).toEqual([
      "database.changed",
      "group.changed",
      "key.changed",
      "permission.changed",
      "rls.changed",
      "role.changed",
      "sqllab.run",
      "token.revoked",
      "user.changed",
    ]);
  });
});
