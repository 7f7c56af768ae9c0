import { createHash } from "node:crypto";
import { z } from "zod";
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
  /** By UUID: the only tables that the SQL of such a dataset may name. One that is not here may name any of `datasets`. */
  readonly sqlDatasets: Readonly<Record<string, readonly string[]>>;
}

const identifiersFile = z.object({ datasets: z.record(z.string(), z.uuid()) });

/** Returns the UUID of each dataset by the dataset's name. Throws PolicyError when the file has another shape. */
export function parseIdentifiers(value: unknown, source: string): ReadonlyMap<string, string> {
  const parsed = identifiersFile.safeParse(value);
  if (!parsed.success) {
    throw new PolicyError(
      source,
      parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`),
    );
  }
  return new Map(Object.entries(parsed.data.datasets));
}

export function compilePolicy(policy: Policy, identifiers: ReadonlyMap<string, string>): CompiledPolicy {
  const named = [...policy.datasets.keys(), ...policy.sqlDatasets.keys()];
  const problems = [
    ...named
      .filter((name) => !identifiers.has(name))
      .map((name) => `datasets.${name}: content/dashboards/identifiers.json gives it no UUID`),
    ...[...identifiers.keys()]
      .filter((name) => !named.includes(name))
      .map((name) => `datasets.${name}: has a UUID but no policy, so nobody could see it; add it`),
  ];
  if (problems.length > 0) throw new PolicyError("policy", problems);
  const datasets = Object.fromEntries(
    [...policy.datasets].map(([name, dataset]) => [
      identifiers.get(name) ?? name,
      {
        table: dataset.table,
        roles: Object.fromEntries([...dataset.roles].map(([role, all]) => [role, { all }])),
      },
    ]),
  );
  const sqlDatasets = Object.fromEntries(
    [...policy.sqlDatasets].map(([name, tables]) => [identifiers.get(name) ?? name, tables]),
  );
  const content = { version: 1 as const, datasets, sqlDatasets };
  const hash = `sha256:${createHash("sha256").update(canonicalJson(content)).digest("hex")}`;
  return { ...content, hash };
}
