import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { findPostgres, PostgresError, type PostgresProgram } from "./postgres.ts";
import { findNodeProblems, findPortProblems } from "./preflight.ts";
import { findPython, type Python } from "./python.ts";
import type { LocalSettings } from "./settings.ts";

export const repository = dirname(dirname(fileURLToPath(import.meta.url)));

export interface Programs {
  readonly python: Python;
  readonly postgres: PostgresProgram;
}

/**
 * Finds the programs that a start needs, or every problem of the machine at once. Nothing is started while there is
 * one.
 */
export async function inspectMachine(
  settings: LocalSettings,
  env: NodeJS.ProcessEnv,
): Promise<{ problems: string[]; programs?: Programs }> {
  const [portProblems, python, postgres] = await Promise.all([
    findPortProblems(settings.address, settings.ports),
    findPython(env["HOMEROOM_PYTHON"]),
    findPostgres().catch((error: unknown) => {
      if (error instanceof PostgresError) return error;
      throw error;
    }),
  ]);
  const problems = [...findNodeProblems(process.version), ...portProblems];
  if ("problem" in python) problems.push(python.problem);
  if (postgres instanceof PostgresError) problems.push(postgres.message);
  const policy = join(repository, "contract", "compiled-policy.json");
  if (!existsSync(policy)) problems.push(`${policy} is missing. Write it with \`npm run policy:compile\`.`);
  if (problems.length > 0 || "problem" in python || postgres instanceof PostgresError) return { problems };
  return { problems, programs: { python: python.python, postgres } };
}
