// npm run review:subjects -- <base>: judges the subjects of the commits that a branch adds.
import { execFileSync } from "node:child_process";

/** The longest subject that git log and GitHub show whole. */
const maxCharacters = 72;

/** Lists what is wrong with the subject of a commit; empty when it is good. */
export function subjectProblems(subject: string): string[] {
  const length = [...subject].length;
  return [
    ...(length > maxCharacters
      ? [`has ${length} characters; at most ${maxCharacters}, and the reason goes into the body`]
      : []),
    ...(/^[A-Z]/.test(subject) ? [] : ["does not begin with a capital letter"]),
    ...(/\.$/.test(subject) ? ["ends with a full stop; leave it out"] : []),
  ];
}

/**
 * Lists the problems of the commits since `base` and HEAD parted, merges left out.
 *
 * @throws Error when `base` is no commit of this clone.
 */
export function problemsSince(base: string, cwd: string): string[] {
  const args = ["log", "--no-merges", "--format=%h %s", "--end-of-options", `${base}..HEAD`];
  const log = execFileSync("git", args, { cwd, encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] });
  return log
    .split("\n")
    .filter((line) => line !== "")
    .flatMap((line) => {
      const [, hash = "", subject = ""] = /^(\S+) (.*)$/.exec(line) ?? [];
      return subjectProblems(subject).map((problem) => `${hash} ${JSON.stringify(subject)}: the subject ${problem}`);
    });
}

if (process.argv[1] === import.meta.filename) {
  const [base = "origin/main"] = process.argv.slice(2);
  const problems = problemsSince(base, process.cwd());
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? "every subject is good" : `${problems.length} problems`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
