import { createHash } from "node:crypto";
import { contentId } from "../../../contract/index.ts";
import { canonicalJson } from "./canonical-json.ts";
import { type Condition, type Policy, PolicyError, type Role } from "../language/policy.ts";

export interface CompiledDataset {
  readonly table: string;
  readonly roles: Readonly<Partial<Record<Role, { readonly all: readonly Condition[] }>>>;
}

export interface CompiledPolicy {
  readonly version: 1;
  readonly hash: string;
  readonly datasets: Readonly<Record<string, CompiledDataset>>;
  /**
   * The only tables that a SQL dataset may name, by the dataset's UUID. A SQL dataset without an entry may name any of
   * `datasets`.
   */
  readonly sqlDatasets: Readonly<Record<string, readonly string[]>>;
}

/**
 * Compiles the policy for the datasets that content/dashboards/datasets/ describes, and for SQL datasets that authors made.
 * Throws PolicyError when a dataset has a policy and no description, or the reverse.
 */
export function compilePolicy(policy: Policy, described: ReadonlySet<string>): CompiledPolicy {
  const madeByAuthors = [...policy.sqlDatasets].filter(([, { uuid }]) => uuid !== undefined).map(([name]) => name);
  const named = [...policy.datasets.keys(), ...policy.sqlDatasets.keys()];
  const problems = [
    ...named
      .filter((name) => !described.has(name) && !madeByAuthors.includes(name))
      .map((name) => `datasets.${name}: no file in content/dashboards/datasets/ describes it; add one`),
    ...[...described]
      .filter((name) => !named.includes(name))
      .map((name) => `datasets.${name}: is described but has no policy, so nobody could see it; add it`),
  ];
  if (problems.length > 0) throw new PolicyError("policy", problems);
  const datasets = Object.fromEntries(
    [...policy.datasets].map(([name, dataset]) => [
      contentId("dataset", name),
      {
        table: dataset.table,
        roles: Object.fromEntries([...dataset.roles].map(([role, all]) => [role, { all }])),
      },
    ]),
  );
  const sqlDatasets = Object.fromEntries(
    [...policy.sqlDatasets].map(([name, { tables, uuid }]) => [uuid ?? contentId("dataset", name), tables]),
  );
  const content = { version: 1 as const, datasets, sqlDatasets };
  const hash = `sha256:${createHash("sha256").update(canonicalJson(content)).digest("hex")}`;
  return { ...content, hash };
}
