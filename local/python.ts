import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface Python {
  readonly command: string;
  readonly version: string;
}

type Finding = { readonly python: Python } | { readonly problem: string };

const probeScript = "import sys, venv, ensurepip; print('%d.%d.%d' % sys.version_info[:3]); print(sys.executable)";
const installAdvice =
  "Install Python 3.11 or 3.12 with its venv module (Debian, Ubuntu: python3.11 and python3.11-venv), or name one with HOMEROOM_PYTHON=/path/to/python3.11.";

/** Runs a candidate to read its version, because pyenv has shims on PATH for versions that are switched off. */
async function probe(command: string): Promise<Finding> {
  try {
    const { stdout } = await promisify(execFile)(command, ["-c", probeScript], { timeout: 20_000 });
    const [version = "", executable = command] = stdout.trim().split("\n");
    const minor = /^3\.(\d+)\./.exec(version)?.[1];
    if (minor === "11" || minor === "12") return { python: { command: executable, version } };
    return {
      problem: `${command} is Python ${version || "of an unknown version"}, ${Number(minor) > 12 ? "too new" : "too old"}: Superset needs 3.11 or 3.12`,
    };
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    const missing = /No module named '?(venv|ensurepip)/.exec(text)?.[1];
    if (missing) return { problem: `${command} lacks its module ${missing}` };
    if (/ENOENT/.test(text)) return { problem: `${command} does not exist` };
    const last = text
      .trim()
      .split("\n")
      .filter((line) => line && !line.startsWith("Command failed"))[0];
    return { problem: `${command} does not run${last ? ` (${last})` : ""}` };
  }
}

/** Finds the Python for both virtual environments, or returns one sentence with every candidate's problem. */
export async function findPython(chosen: string | undefined): Promise<Finding> {
  const candidates = chosen ? [chosen] : ["python3.12", "python3.11", "python3", "python"];
  const problems: string[] = [];
  for (const candidate of candidates) {
    const finding = await probe(candidate);
    if ("python" in finding) return finding;
    problems.push(finding.problem);
  }
  return { problem: `No usable Python${chosen ? " (HOMEROOM_PYTHON)" : ""}: ${problems.join("; ")}. ${installAdvice}` };
}
