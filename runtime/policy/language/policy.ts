import { parseDocument } from "yaml";
import { z } from "zod";
import { ExpectedError } from "../../../contract/index.ts";
import { type ClaimsSchema, type ClaimType, claimTypes, schemaOfClaims } from "./claims-schema.ts";

/** Name of a role, one of those in contract/claims.schema.json. */
export type Role = string;

export interface Condition {
  readonly column: string;
  readonly op: "eq" | "in";
  readonly claim: string;
  readonly type: ClaimType;
}

export interface DatasetPolicy {
  readonly table: string;
  /** The conditions of every role that sees rows of the dataset, with inherited scopes resolved. */
  readonly roles: ReadonlyMap<Role, readonly Condition[]>;
}

export interface SqlDataset {
  readonly tables: readonly string[];
  readonly uuid?: string | undefined;
}

export interface Policy {
  readonly version: 1;
  /** Datasets that are a table or a view of the analytics database. */
  readonly datasets: ReadonlyMap<string, DatasetPolicy>;
  /** Those that are SQL in Superset, with the only tables that this SQL may name. */
  readonly sqlDatasets: ReadonlyMap<string, SqlDataset>;
}

export class PolicyError extends ExpectedError {
  readonly problems: readonly string[];

  constructor(source: string, problems: readonly string[]) {
    super(`${source}: ${problems.length} problem(s)\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const identifier = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}$/, "must be a lower-case SQL name of at most 63 characters");
const tableName = z
  .string()
  .regex(/^[a-z_][a-z0-9_]{0,62}\.[a-z_][a-z0-9_]{0,62}$/, "must be written schema.table, lower case");

const relation = z.strictObject({ table: tableName, roles: z.record(identifier, identifier) });
/**
 * It has no roles of its own: each row comes from a table below it, under that table's policy. The UUID is the one that
 * Superset gave a dataset made in its interface; without it, a file of content/dashboards/datasets/ describes it.
 */
const sqlDataset = z.strictObject({ tables: z.array(tableName).min(1), uuid: z.uuid().optional() });
const document = z.strictObject({
  version: z.literal(1),
  claims: z.record(identifier, z.enum(claimTypes)),
  roles: z.record(identifier, z.strictObject({ extends: z.array(identifier).default([]) })),
  scopes: z.record(
    identifier,
    z.array(z.strictObject({ column: identifier, op: z.enum(["eq", "in"]), claim: identifier })).min(1),
  ),
  datasets: z.record(
    identifier,
    z.union([relation, sqlDataset], {
      error: "is neither { table, roles } nor, for a dataset that is SQL in Superset, { tables }",
    }),
  ),
});
type Document = z.infer<typeof document>;
type Relation = z.infer<typeof relation>;

function relationsOf(policy: Document): [string, Relation][] {
  return Object.entries(policy.datasets).flatMap(([name, dataset]) => ("table" in dataset ? [[name, dataset]] : []));
}

/** Columns that every scope must bind: a scope without them would show one school the rows of another. */
const isolationColumns = ["tenant", "school_id"] as const;

function readWithoutAliases(yaml: ReturnType<typeof parseDocument>, source: string): unknown {
  try {
    return yaml.toJS({ maxAliasCount: 0 });
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new PolicyError(source, ["YAML: holds an alias (*name); write the value out where it is meant"]);
  }
}

export function parsePolicy(text: string, source: string, schema: ClaimsSchema = schemaOfClaims()): Policy {
  const yaml = parseDocument(text, { uniqueKeys: true, strict: true });
  if (yaml.errors.length > 0) {
    throw new PolicyError(
      source,
      yaml.errors.map((error) => `YAML: ${error.message.split("\n")[0]}`),
    );
  }
  const parsed = document.safeParse(readWithoutAliases(yaml, source));
  if (!parsed.success) {
    throw new PolicyError(
      source,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    );
  }
  const policy = parsed.data;
  const problems = [
    ...claimProblems(policy, schema),
    ...roleProblems(policy, schema),
    ...scopeProblems(policy),
    ...datasetProblems(policy, schema),
    ...sqlDatasetProblems(policy),
  ];
  if (problems.length > 0) throw new PolicyError(source, problems);
  return resolve(policy);
}

function claimProblems(policy: Document, schema: ClaimsSchema): string[] {
  return Object.entries(policy.claims).flatMap(([claim, type]) => {
    const expected = schema.typesOf(claim);
    if (expected.includes(type)) return [];
    return expected.length === 0
      ? [`claims.${claim}: contract/claims.schema.json has no such claim that rows can be bound to`]
      : [`claims.${claim}: is ${type} here but ${expected.join(" or ")} in contract/claims.schema.json`];
  });
}

function roleProblems(policy: Document, schema: ClaimsSchema): string[] {
  const known = Object.keys(policy.roles);
  return Object.entries(policy.roles).flatMap(([role, { extends: parents }]) => {
    const problems = parents
      .filter((parent) => !known.includes(parent))
      .map((parent) => `roles.${role}.extends: ${parent} is not among roles: ${known.join(", ")}`);
    if (!schema.roles.includes(role)) {
      problems.push(`roles.${role}: no token can carry it; contract/claims.schema.json has ${schema.roles.join(", ")}`);
    }
    const cycle = findCycle(policy, role);
    if (cycle !== undefined) problems.push(`roles.${role}.extends: goes in a circle: ${cycle.join(" → ")}`);
    return problems;
  });
}

/** Returns the roles on the path from a role back to itself; undefined when its `extends` never lead back. */
function findCycle(
  policy: Document,
  start: string,
  visited: readonly string[] = [start],
): readonly string[] | undefined {
  for (const parent of policy.roles[visited.at(-1) ?? start]?.extends ?? []) {
    if (parent === start) return [...visited, parent];
    const cycle = visited.includes(parent) ? undefined : findCycle(policy, start, [...visited, parent]);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

function scopeProblems(policy: Document): string[] {
  return Object.entries(policy.scopes).flatMap(([scope, conditions]) => {
    const problems: string[] = [];
    conditions.forEach((condition, index) => {
      const path = `scopes.${scope}.${index}`;
      const type = policy.claims[condition.claim];
      if (type === undefined) {
        problems.push(`${path}.claim: ${condition.claim} is not among claims; declare its type there`);
      } else if ((condition.op === "in") !== type.endsWith("_set")) {
        problems.push(`${path}.op: ${condition.op} does not fit ${condition.claim}, which is ${type}`);
      }
    });
    const columns = conditions.map((condition) => condition.column);
    for (const column of new Set(columns.filter((name, index) => columns.indexOf(name) !== index))) {
      problems.push(`scopes.${scope}: ${column} is bound twice`);
    }
    for (const name of isolationColumns) {
      if (!conditions.some(({ column, claim, op }) => column === name && claim === name && op === "eq")) {
        problems.push(`scopes.${scope}: must bind column ${name} to claim ${name}, else it shows other schools`);
      }
    }
    return problems;
  });
}

/**
 * Returns the scopes of a role in a dataset: the one declared for it, or else those of the roles that it extends,
 * directly or indirectly. More than one means that the policy does not say which one applies.
 */
function scopesOf(
  policy: Document,
  dataset: string,
  role: string,
  visited: readonly string[] = [],
): ReadonlySet<string> {
  const found = policy.datasets[dataset];
  const declared = found !== undefined && "roles" in found ? found.roles[role] : undefined;
  if (declared !== undefined) return new Set([declared]);
  if (visited.includes(role)) return new Set();
  const parents = policy.roles[role]?.extends ?? [];
  return new Set(parents.flatMap((parent) => [...scopesOf(policy, dataset, parent, [...visited, role])]));
}

function datasetProblems(policy: Document, schema: ClaimsSchema): string[] {
  const tables = new Map<string, string>();
  return relationsOf(policy).flatMap(([dataset, { table, roles: scopes }]) => {
    const problems: string[] = [];
    const other = tables.get(table);
    if (other !== undefined) problems.push(`datasets.${dataset}.table: ${table} belongs to ${other} already`);
    tables.set(table, dataset);
    if (Object.keys(scopes).length === 0) problems.push(`datasets.${dataset}.roles: name at least one role`);
    for (const role of Object.keys(scopes).filter((name) => !Object.hasOwn(policy.roles, name))) {
      problems.push(`datasets.${dataset}.roles: ${role} is not among roles: ${Object.keys(policy.roles).join(", ")}`);
    }
    for (const role of Object.keys(policy.roles)) {
      const path = `datasets.${dataset}.roles.${role}`;
      const found = [...scopesOf(policy, dataset, role)];
      if (found.length > 1) {
        problems.push(`${path}: inherits ${found.join(" and ")}; name the scope that it has here`);
        continue;
      }
      for (const scope of found) problems.push(...missingClaimProblems(policy, schema, path, role, scope));
    }
    return problems;
  });
}

function sqlDatasetProblems(policy: Document): string[] {
  const tablesWithPolicy = relationsOf(policy).map(([, { table }]) => table);
  return Object.entries(policy.datasets).flatMap(([name, dataset]) =>
    "tables" in dataset
      ? dataset.tables
          .filter((table) => !tablesWithPolicy.includes(table))
          .map((table) => `datasets.${name}.tables: ${table} has no policy; it has to be the table of another dataset`)
      : [],
  );
}

function missingClaimProblems(
  policy: Document,
  schema: ClaimsSchema,
  path: string,
  role: string,
  scope: string,
): string[] {
  const conditions = policy.scopes[scope];
  if (conditions === undefined) {
    return [`${path}: ${scope} is not among scopes: ${Object.keys(policy.scopes).join(", ")}`];
  }
  const carried = schema.requiredOf(role);
  return conditions
    .filter(({ claim }) => !carried.has(claim))
    .map(({ claim }) => `${path}: scope ${scope} needs claim ${claim}, which a ${role}'s token does not carry`);
}

function resolve(policy: Document): Policy {
  const datasets = new Map<string, DatasetPolicy>();
  for (const [name, dataset] of relationsOf(policy)) {
    const scoped = new Map<Role, readonly Condition[]>();
    for (const role of Object.keys(policy.roles)) {
      const [scope] = scopesOf(policy, name, role);
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
  const sqlDatasets = Object.entries(policy.datasets).flatMap(([name, dataset]) =>
    "tables" in dataset ? [[name, dataset] as const] : [],
  );
  return { version: 1, datasets, sqlDatasets: new Map(sqlDatasets) };
}
