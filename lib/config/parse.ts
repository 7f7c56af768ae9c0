import type { z } from "zod";
import { ExpectedError } from "../../contract/index.ts";
import { contradictions } from "./rules/contradictions.ts";
import { type Deployment, deploymentShape } from "./schema/deployment.ts";

export class ConfigurationError extends ExpectedError {}

/** The shapes of all blocks, and the rules across them. */
export const deploymentSchema = deploymentShape.superRefine(contradictions);

/** Checks one configuration file. Throws one ConfigurationError with every problem. */
export function parseDeployment(file: string, input: unknown): Deployment {
  const result = deploymentSchema.safeParse(input, { reportInput: true });
  if (result.success) return result.data;
  const problems = result.error.issues.flatMap((issue) => describe(issue));
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  throw new ConfigurationError(
    [
      `${file} has ${count}:`,
      ...problems.map((problem) => `  - ${problem}`),
      `Correct ${file} and synthesise again.`,
    ].join("\n"),
  );
}

function describe(issue: z.core.$ZodIssue): string[] {
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((key) => `${pathOf([...issue.path, key])}: unknown key; remove it or correct its spelling`);
  }
  return [`${pathOf(issue.path)}: got ${shown(valueOf(issue))}; allowed: ${allowed(issue)}`];
}

// Some issues end their path in a member, but their input is the block around it.
function valueOf({ input, path }: z.core.$ZodIssue): unknown {
  const member = path.at(-1);
  const block = typeof input === "object" && input !== null && !Array.isArray(input) ? Object.entries(input) : [];
  const found = block.find(([key]) => key === member);
  return found === undefined ? input : found[1];
}

function allowed(issue: z.core.$ZodIssue): string {
  if (issue.code === "invalid_value") return issue.values.map((value) => JSON.stringify(value)).join(" | ");
  if (issue.code === "invalid_union") {
    const branches = issue.errors.map((errors) => errors.map((error) => allowed(error)).join(" and "));
    return branches.length > 0
      ? branches.join(", or ")
      : issue.message.replace(/^.*Expected /, "").replaceAll("'", '"');
  }
  if (issue.code === "invalid_type")
    return issue.message.replace(/^Invalid input: expected (\w+).*$/, "a value of type $1");
  return issue.message;
}

function pathOf(path: readonly PropertyKey[]): string {
  if (path.length === 0) return "(the whole file)";
  return path
    .map((part, index) => (typeof part === "number" ? `[${part}]` : `${index > 0 ? "." : ""}${String(part)}`))
    .join("");
}

function shown(value: unknown): string {
  const text = value === undefined ? "nothing" : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
