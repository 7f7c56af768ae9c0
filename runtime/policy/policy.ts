import { parseDocument } from "yaml";
import { z } from "zod";
import claimsSchema from "../../contract/claims.schema.json" with { type: "json" };

export const roles = ["principal", "teacher", "student"] as const;
export type Role = (typeof roles)[number];

const claimTypes = ["text", "integer", "integer_set"] as const;
export type ClaimType = (typeof claimTypes)[number];

export interface Condition {
  readonly column: string;
  readonly op: "eq" | "in";
  readonly claim: string;
  readonly type: ClaimType;
}

export interface DatasetPolicy {
  readonly table: string;
  readonly roles: ReadonlyMap<Role, readonly Condition[]>;
}

export interface Policy {
  readonly version: 1;
  readonly datasets: ReadonlyMap<string, DatasetPolicy>;
}

export class PolicyError extends Error {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.length} problem(s)\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.name = "PolicyError";
    this.problems = problems;
  }
}

const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a lower-case SQL name of at most 63 characters");
const tableName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/, "must be written schema.table, lower case");

const document = z.strictObject({
  version: z.literal(1),
  claims: z.record(identifier, z.enum(claimTypes)),
  scopes: z.record(
    identifier,
    z.array(z.strictObject({ column: identifier, op: z.enum(["eq", "in"]), claim: identifier })).min(1),
  ),
  datasets: z.record(
    identifier,
    z.strictObject({ table: tableName, roles: z.partialRecord(z.enum(roles), identifier) }),
  ),
});
type Document = z.infer<typeof document>;

/** A scope without these would show one school the rows of another. */
const isolating = ["tenant", "school_id"] as const;

export function parsePolicy(text: string, source: string): Policy {
  const yaml = parseDocument(text, { uniqueKeys: true, strict: true });
  if (yaml.errors.length > 0) {
    throw new PolicyError(
      source,
      yaml.errors.map((error) => `YAML: ${error.message.split("\n")[0]}`),
    );
  }
  const parsed = document.safeParse(yaml.toJS({ maxAliasCount: 0 }));
  if (!parsed.success) {
    throw new PolicyError(
      source,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    );
  }
  const problems = [...claimProblems(parsed.data), ...scopeProblems(parsed.data), ...datasetProblems(parsed.data)];
  if (problems.length > 0) throw new PolicyError(source, problems);
  return resolve(parsed.data);
}

function schemaType(claim: string): ClaimType | undefined {
  const properties: Readonly<Record<string, object>> = claimsSchema.properties;
  const property = Object.hasOwn(properties, claim) ? properties[claim] : undefined;
  if (property === undefined) return undefined;
  if ("$ref" in property && property.$ref === "#/$defs/id") return "integer";
  if ("type" in property && property.type === "array") return "integer_set";
  return "type" in property && property.type === "string" ? "text" : undefined;
}

function requiredClaims(role: Role): ReadonlySet<string> {
  const branch = claimsSchema.oneOf.find((candidate) => candidate.properties.role.const === role);
  return new Set([...claimsSchema.required, ...(branch?.required ?? [])]);
}

function claimProblems(policy: Document): string[] {
  return Object.entries(policy.claims).flatMap(([claim, type]) => {
    const expected = schemaType(claim);
    if (expected === type) return [];
    return expected === undefined
      ? [`claims.${claim}: contract/claims.schema.json has no such claim that rows can be bound to`]
      : [`claims.${claim}: is ${type} here but ${expected} in contract/claims.schema.json`];
  });
}

function scopeProblems(policy: Document): string[] {
  return Object.entries(policy.scopes).flatMap(([scope, conditions]) => {
    const problems: string[] = [];
    conditions.forEach((condition, index) => {
      const path = `scopes.${scope}.${index}`;
      const type = policy.claims[condition.claim];
      if (type === undefined) {
        problems.push(`${path}.claim: ${condition.claim} is not among claims; declare its type there`);
      } else if ((condition.op === "in") !== (type === "integer_set")) {
        problems.push(`${path}.op: ${condition.op} does not fit ${condition.claim}, which is ${type}`);
      }
    });
    const columns = conditions.map((condition) => condition.column);
    for (const column of new Set(columns.filter((name, index) => columns.indexOf(name) !== index))) {
      problems.push(`scopes.${scope}: ${column} is bound twice`);
    }
    for (const name of isolating) {
      if (!conditions.some(({ column, claim, op }) => column === name && claim === name && op === "eq")) {
        problems.push(`scopes.${scope}: must bind column ${name} to claim ${name}, else it shows other schools`);
      }
    }
    return problems;
  });
}

function datasetProblems(policy: Document): string[] {
  const tables = new Map<string, string>();
  return Object.entries(policy.datasets).flatMap(([dataset, { table, roles: scopes }]) => {
    const problems: string[] = [];
    const other = tables.get(table);
    if (other !== undefined) problems.push(`datasets.${dataset}.table: ${table} belongs to ${other} already`);
    tables.set(table, dataset);
    if (Object.keys(scopes).length === 0) problems.push(`datasets.${dataset}.roles: name at least one role`);
    for (const role of roles) {
      const scope = scopes[role];
      if (scope === undefined) continue;
      const path = `datasets.${dataset}.roles.${role}`;
      const conditions = policy.scopes[scope];
      if (conditions === undefined) {
        problems.push(`${path}: ${scope} is not among scopes: ${Object.keys(policy.scopes).join(", ")}`);
        continue;
      }
      const required = requiredClaims(role);
      for (const { claim } of conditions) {
        if (!required.has(claim)) {
          problems.push(`${path}: scope ${scope} needs claim ${claim}, which a ${role}'s token does not carry`);
        }
      }
    }
    return problems;
  });
}

function resolve(policy: Document): Policy {
  const datasets = new Map<string, DatasetPolicy>();
  for (const [name, dataset] of Object.entries(policy.datasets)) {
    const scoped = new Map<Role, readonly Condition[]>();
    for (const role of roles) {
      const scope = dataset.roles[role];
      if (scope === undefined) continue;
      const conditions = (policy.scopes[scope] ?? []).map((condition) => {
        const type = policy.claims[condition.claim];
        if (type === undefined) throw new Error(`claim ${condition.claim} passed validation without a type`);
        return { ...condition, type };
      });
      scoped.set(role, conditions);
    }
    datasets.set(name, { table: dataset.table, roles: scoped });
  }
  return { version: 1, datasets };
}
