import { parse } from "yaml";
import { z } from "zod";

const step = z.object({
  uses: z.string().optional(),
  run: z.string().optional(),
  with: z.record(z.string(), z.unknown()).optional(),
});
const permissions = z.union([z.string(), z.record(z.string(), z.string())]);
const job = z.object({
  "timeout-minutes": z.number().optional(),
  permissions: permissions.optional(),
  steps: z.array(step).min(1),
});
const workflow = z.object({
  on: z.union([z.string(), z.array(z.string()), z.record(z.string(), z.unknown())]),
  permissions: permissions.optional(),
  jobs: z.record(z.string(), job),
});

/** The actions that a workflow may call. */
export interface Repository {
  /** The names of package.json's scripts. */
  readonly scripts: readonly string[];
  readonly isExecutable: (path: string) => boolean;
}

/** Events that run a pull request's code beside the repository's secrets. */
const privileged = ["pull_request_target", "workflow_run", "issue_comment"];
/** Commands of npm that are no script; pack only with --dry-run. */
const npmCommands = ["ci", "test", "pack"];

function triggers(on: z.infer<typeof workflow>["on"]): string[] {
  if (typeof on === "string") return [on];
  return Array.isArray(on) ? on : Object.keys(on);
}

function commandProblem(line: string, { scripts, isExecutable }: Repository): string | undefined {
  const [command = "", ...words] = line.trim().split(/\s+/);
  if (command !== "npm")
    return isExecutable(command) ? undefined : `runs "${command}", which is no executable file of the repository`;
  const [name = "", ...rest] = words.filter((word) => word !== "--silent");
  if (name === "run" && scripts.includes(rest[0] ?? "")) return undefined;
  if (name === "run") return `runs npm script "${rest[0] ?? ""}", which package.json does not have`;
  if (!npmCommands.includes(name))
    return `runs "npm ${name}"; allowed are npm run and npm ${npmCommands.join(", npm ")}`;
  return name === "pack" && !rest.includes("--dry-run") ? `runs "npm pack" without --dry-run` : undefined;
}

function runProblems(run: string, repository: Repository): string[] {
  const problems = run
    .split("\n")
    .filter((line) => line.trim() !== "")
    .flatMap((line) => commandProblem(line, repository) ?? []);
  if (/[;&|`]|\$\(/.test(run.replaceAll("${{", "")))
    problems.push("joins commands; write a script, or one step for each");
  // Whoever names a branch or writes a title would write shell.
  if (run.includes("${{")) problems.push("splices an expression into shell; hand it over in env");
  return problems;
}

function usesProblems({ uses = "", with: inputs }: z.infer<typeof step>, text: string): string[] {
  const problems: string[] = [];
  if (!/^[\w.-]+\/[\w./-]+@[0-9a-f]{40}$/.test(uses)) problems.push(`uses "${uses}"; pin it by its 40-digit commit`);
  else if (!new RegExp(`${uses} # v\\d+\\.\\d+\\.\\d+$`, "m").test(text))
    problems.push(`uses "${uses}" without its version as a comment; Dependabot reads it`);
  if (uses.startsWith("actions/checkout@") && inputs?.["persist-credentials"] !== false)
    problems.push("checks out without persist-credentials: false, which leaves the token to every later step");
  return problems;
}

function writes(granted: z.infer<typeof permissions>): boolean {
  return typeof granted === "string" ? granted !== "read-all" : Object.values(granted).includes("write");
}

/** Lists the faults of a workflow's text, one sentence each. */
export function workflowProblems(text: string, repository: Repository): string[] {
  const read = workflow.safeParse(parse(text));
  if (!read.success) return [z.prettifyError(read.error)];
  const { on, permissions: granted, jobs } = read.data;
  const problems = triggers(on)
    .filter((event) => privileged.includes(event))
    .map((event) => `runs on ${event}, beside secrets`);
  if (granted === undefined) problems.push("declares no permissions at its top");
  else if (writes(granted)) problems.push("may write in every job; grant it in the one that must");
  for (const [name, { steps, permissions: own, "timeout-minutes": minutes }] of Object.entries(jobs)) {
    const found = steps.flatMap((one) => [
      ...(one.run === undefined ? [] : runProblems(one.run, repository)),
      ...(one.uses === undefined ? [] : usesProblems(one, text)),
    ]);
    if (minutes === undefined) found.push("has no timeout-minutes");
    if (own === "write-all") found.push("has write-all");
    problems.push(...found.map((problem) => `job ${name} ${problem}`));
  }
  return problems;
}
