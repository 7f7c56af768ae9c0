import { type DatasetPolicy, type Policy } from "../../runtime/policy/language/policy.ts";
import { type Guest, subjectOfHeads } from "../e2e/guest.ts";

export interface Condition {
  readonly sql: string;
  readonly values: readonly unknown[];
}

const claimOf = (who: Guest): Readonly<Record<string, unknown>> => ({
  tenant: who.tenant,
  school_id: who.school,
  class_ids: who.classIds,
  student_id: who.studentId,
  subject_area: subjectOfHeads,
});

/** The rows of one dataset that the policy lets a guest see, with bound values; `false` where the role is not named. */
export function allowedRows(dataset: DatasetPolicy, who: Guest): Condition {
  const conditions = dataset.roles.get(who.role);
  if (conditions === undefined) return { sql: "false", values: [] };
  const claims = claimOf(who);
  const terms = conditions.map(({ column, op }, index) =>
    op === "in" ? `"${column}" = any ($${index + 1})` : `"${column}" = $${index + 1}`,
  );
  return { sql: terms.join(" and "), values: conditions.map(({ claim }) => claims[claim]) };
}

export function mayHold(policy: Policy, dataset: string, row: Readonly<Record<string, unknown>>, who: Guest): boolean {
  const conditions = policy.datasets.get(dataset)?.roles.get(who.role);
  if (conditions === undefined) return false;
  const claims = claimOf(who);
  return conditions.every(({ column, claim }) => [claims[claim]].flat().includes(row[column]));
}
