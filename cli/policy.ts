import { Command, Option } from "commander";
import { readPolicy, writeCompiledPolicy } from "../runtime/policy/compile.ts";
import { explainRows } from "../runtime/policy/explain.ts";
import { roles, type Role } from "../runtime/policy/policy.ts";
import { reportCommand } from "./policy-report.ts";
import { lockCommands } from "./policy-lock.ts";
import { wholeNumber, wholeNumbers } from "./number-option.ts";
import type { Output } from "./program.ts";
import { UsageError } from "./usage-error.ts";

interface ExplainOptions {
  readonly role: Role;
  readonly tenant: string;
  readonly school: number;
  readonly dataset?: string;
  readonly classes?: number[];
  readonly student?: number;
}

export function policyCommand(output: Output): Command {
  const { print } = output;
  const policy = new Command("policy").description("which rows a role may see: policies/rows.yaml");
  policy
    .command("compile")
    .description("write contract/compiled-policy.json")
    .action(() => {
      const { hash, datasets } = writeCompiledPolicy();
      print(`${Object.keys(datasets).length} datasets, ${hash}`);
    });
  for (const command of lockCommands(output)) policy.addCommand(command);
  policy.addCommand(reportCommand(output));
  policy
    .command("explain")
    .description("show the row clauses that a person's queries carry")
    .addOption(new Option("--role <role>", "role of the person").choices(roles).makeOptionMandatory())
    .requiredOption("--school <id>", "school of the person", wholeNumber)
    .option("--tenant <tenant>", "tenant of the school", "north")
    .option("--dataset <name>", "only this dataset")
    .option("--classes <ids>", "classes of a teacher, comma-separated", wholeNumbers)
    .option("--student <id>", "the student", wholeNumber)
    .action((options: ExplainOptions) => {
      for (const row of explain(options)) print(row);
    });
  return policy;
}

function explain({ role, tenant, school, dataset, classes, student }: ExplainOptions): string[] {
  if (role === "teacher" && classes === undefined)
    throw new UsageError("a teacher sees classes: add --classes 4201,4202");
  if (role === "student" && student === undefined) throw new UsageError("a student sees own rows: add --student 42001");
  const policy = readPolicy();
  if (dataset !== undefined && !policy.datasets.has(dataset)) {
    throw new UsageError(`no dataset is called ${dataset}; datasets: ${[...policy.datasets.keys()].join(", ")}`);
  }
  const claims = { role, tenant, school_id: school, class_ids: classes, student_id: student };
  const names = dataset === undefined ? [...policy.datasets.keys()] : [dataset];
  return names.map((name) => `${name}: ${explainRows(policy, name, claims) ?? `nothing; a ${role} has no access`}`);
}
