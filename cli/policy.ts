import { Command, InvalidArgumentError, Option } from "commander";
import { type Role, roles } from "../contract/index.ts";
import { readPolicy, writeCompiledPolicy } from "../runtime/policy/compiler/compile.ts";
import type { Policy } from "../runtime/policy/language/policy.ts";
import { explainRows, type RowClaims } from "../runtime/policy/report/explain.ts";
import { addClaimOptions, type ClaimOptions, claimsFrom } from "./claim-option.ts";
import { explainChart, type FilterChoice } from "./explain-chart.ts";
import { reportCommand } from "./policy-report.ts";
import { lockCommands } from "./policy-lock.ts";
import { parseKey } from "./number-option.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

interface ExplainOptions extends ClaimOptions {
  readonly role: Role;
  readonly tenant: string;
  readonly school: number | string;
  readonly dataset?: string;
  readonly chart?: string;
  readonly filter?: readonly FilterChoice[];
  readonly state: string;
}

export function policyCommand(output: Output): Command {
  const { print } = output;
  const policy = new Command("policy").description("which rows a role may see: content/policies/rows.yaml");
  policy
    .command("compile")
    .description("write contract/compiled-policy.json")
    .action(() => {
      const { hash, datasets } = writeCompiledPolicy();
      print(`${Object.keys(datasets).length} datasets, ${hash}`);
    });
  for (const command of lockCommands(output)) policy.addCommand(command);
  policy.addCommand(reportCommand(output));
  const explain = policy
    .command("explain")
    .description("show the row clauses that a person's queries carry")
    .addOption(new Option("--role <role>", "role of the person").choices(roles).makeOptionMandatory())
    .requiredOption("--school <id>", "school of the person", parseKey)
    .option("--tenant <tenant>", "tenant of the school", "north")
    .option("--dataset <name>", "only this dataset")
    .option(
      "--chart <name>",
      "show the SQL that really runs for this chart, as Superset builds it and the database plans it",
    )
    .option(
      "--filter <name=value>",
      'set a filter of the chart\'s dashboard, such as "Subject area=Mathematics"; given twice, both values or both filters',
      parseFilterChoice,
    )
    .option("--state <folder>", "state folder of `npm start`, whose Superset builds the SQL", ".homeroom")
    .action(async (options: ExplainOptions) => {
      const { role, tenant, school } = options;
      const claims: RowClaims = { role, tenant, school_id: school, ...claimsFrom(role, options) };
      const { chart, state, dataset, filter: filters = [] } = options;
      if (chart !== undefined && dataset !== undefined) throw new UsageError("give --chart or --dataset, not both");
      if (chart === undefined && filters.length > 0)
        throw new UsageError("--filter needs --chart: filters are of its dashboard");
      const rows =
        chart === undefined ? explainPolicy(claims, dataset) : await explainChart({ chart, filters, claims, state });
      for (const row of rows) print(row);
    });
  addClaimOptions(explain);
  return policy;
}

function parseFilterChoice(text: string, before: readonly FilterChoice[] = []): FilterChoice[] {
  const at = text.indexOf("=");
  const [name, value] = [text.slice(0, at).trim(), text.slice(at + 1).trim()];
  if (at < 1 || name === "" || value === "") {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not NAME=VALUE, such as "Subject area=Mathematics".`);
  }
  return [...before, [name, value]];
}

function explainPolicy(claims: RowClaims, dataset: string | undefined): string[] {
  const policy = readPolicy();
  if (dataset !== undefined && !policy.datasets.has(dataset)) {
    throw new UsageError(`no dataset is called ${dataset}; datasets: ${[...policy.datasets.keys()].join(", ")}`);
  }
  const names = dataset === undefined ? [...policy.datasets.keys()] : [dataset];
  for (const name of names) requireClaims(policy, name, claims);
  return names.map(
    (name) => `${name}: ${explainRows(policy, name, claims) ?? `nothing; a ${claims.role} has no access`}`,
  );
}

function requireClaims(policy: Policy, dataset: string, claims: RowClaims): void {
  for (const { claim } of policy.datasets.get(dataset)?.roles.get(claims.role) ?? []) {
    if (Object.hasOwn(claims, claim)) continue;
    throw new UsageError(`rows of ${dataset} are bound to the claim ${claim}: add --claim ${claim}=VALUE`);
  }
}
