import { platform } from "../../../contract/index.ts";
import { claimSql } from "./claim-functions.ts";
import type { Condition, DatasetPolicy } from "../language/policy.ts";
import { literal, quoted } from "./sql.ts";

const { analyticsReader: reader, analyticsAuthor: author, schoolsOwner: owner } = platform.roles;

export interface RowPolicy {
  readonly name: string;
  readonly role: string;
  readonly command: "all" | "select";
  readonly using: string;
  readonly check: boolean;
}

function condition({ column, op, claim, type }: Condition): string {
  const value = claimSql(claim, type);
  return op === "in" ? `${quoted(column)} = any (${value})` : `${quoted(column)} = ${value}`;
}

/**
 * Returns the USING expression of readers. Conditions that all roles share come first, so that one index serves them
 * all.
 */
export function readerExpression(dataset: DatasetPolicy): string {
  const branches = [...dataset.roles].map(([role, conditions]) => ({ role, terms: conditions.map(condition) }));
  const shared = (branches[0]?.terms ?? []).filter((term) => branches.every(({ terms }) => terms.includes(term)));
  const perRole = branches.map(({ role, terms }) =>
    [`${claimSql("role", "text")} = ${literal(role)}`, ...terms.filter((term) => !shared.includes(term))].join(" and "),
  );
  return [...shared, `(${perRole.map((term) => `(${term})`).join(" or ")})`].join(" and ");
}

/**
 * Lists all row policies of a table. PostgreSQL joins permissive policies by OR, so any further one would show more
 * rows.
 */
export function rowPolicies(dataset: DatasetPolicy): readonly RowPolicy[] {
  return [
    { name: "homeroom_author", role: author, command: "select", using: "true", check: false },
    { name: "homeroom_owner", role: owner, command: "all", using: "true", check: true },
    { name: "homeroom_reader", role: reader, command: "select", using: readerExpression(dataset), check: false },
  ];
}

export function createPolicySql(table: string, { name, role, command, using, check }: RowPolicy): string {
  const withCheck = check ? ` with check (${using})` : "";
  return `create policy ${name} on ${table} for ${command} to ${quoted(role)} using (${using})${withCheck}`;
}
