import { Command } from "commander";
import {
  exitCode,
  findings,
  logAt,
  readBundle,
  readVerifierKey,
  type Trust,
  type Verdict,
  verifyBundle,
  verifyDatabase,
  verifyLog,
} from "../verify/index.ts";
import {
  addConnectionOptions,
  type ConnectionOptions,
  parseConnection,
  readOptionFile,
} from "./analytics-connection.ts";
import { PostgresAuditDatabase } from "./audit-database.ts";
import { parseWholeNumber } from "./number-option.ts";
import { Judgement } from "./judgement.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

interface VerifyOptions {
  readonly keys: string;
  readonly witnessSeconds: number;
  readonly json?: true;
}

const localKeys = ".homeroom/audit/verifier-keys";
const localLog = ".homeroom/audit/log";

/** Returns `homeroom audit verify`: a thin door to verify/, which shares no code with what writes the trail. */
export function verifyCommand(output: Output): Command {
  return new Command("verify")
    .description("verify the audit trail with public keys alone; the exit code names the worst finding")
    .addCommand(logCommand(output))
    .addCommand(databaseCommand(output))
    .addCommand(bundleCommand(output));
}

function withTrust(command: Command): Command {
  return command
    .option("--keys <file>", "file with the verifier keys of the log and its witness, a line each", localKeys)
    .option("--witness-seconds <n>", "how old the witness's signature may be", parseWholeNumber, 300)
    .option("--json", "print the verdict as JSON");
}

function logCommand({ print, fail }: Output): Command {
  const command = new Command("log").description("verify a published log: signatures, entries, chains and the root");
  return withTrust(command.argument("[place]", "folder or address of the log", localLog)).action(
    async (place: string, options: VerifyOptions) =>
      report(await verifyLog(logAt(place), trustOf(options), progressTo(fail)), options, print),
  );
}

function databaseCommand({ print, fail }: Output): Command {
  const command = new Command("database")
    .description("verify the stored events against the published log")
    .option("--log <place>", "folder or address of the log", localLog);
  return withTrust(addConnectionOptions(command)).action(
    async (options: VerifyOptions & ConnectionOptions & { log: string }) => {
      const trust = trustOf(options);
      const database = await PostgresAuditDatabase.open(parseConnection(options));
      try {
        report(await verifyDatabase(database, logAt(options.log), trust, progressTo(fail)), options, print);
      } finally {
        await database.close();
      }
    },
  );
}

function bundleCommand({ print }: Output): Command {
  const command = new Command("bundle").description("verify the proof of one event, offline");
  return withTrust(command.argument("<file>", "the proof")).action((file: string, options: VerifyOptions) => {
    report(verifyBundle(bundleIn(file), trustOf(options)), options, print);
  });
}

function bundleIn(file: string): ReturnType<typeof readBundle> {
  try {
    return readBundle(readOptionFile("the proof", file));
  } catch (error) {
    if (error instanceof UsageError) throw error;
    throw new UsageError(`${file} is no proof: ${error instanceof Error ? error.message : "unreadable"}`);
  }
}

function trustOf({ keys, witnessSeconds }: VerifyOptions): Trust {
  const lines = readOptionFile("--keys", keys)
    .split("\n")
    .filter((line) => line.trim() !== "");
  try {
    return { keys: lines.map(readVerifierKey), now: Math.floor(Date.now() / 1000), witnessSeconds };
  } catch (error) {
    throw new UsageError(`--keys ${keys}: ${error instanceof Error ? error.message : "unreadable"}`);
  }
}

function progressTo(fail: Output["fail"]) {
  return (checked: number, size: number): void => fail(`… ${String(checked)} of ${String(size)} entries`);
}

function report(verdict: Verdict, { json }: VerifyOptions, print: Output["print"]): void {
  const code = exitCode(verdict);
  if (json === true) print(JSON.stringify(verdict));
  else {
    print(`log ${verdict.origin}: ${String(verdict.checked)} of ${String(verdict.size)} entries checked`);
    for (const { code, place } of verdict.findings) print(`${code}  ${place}  ${findings[code].says}`);
  }
  if (code > 0) throw new Judgement(`The trail is NOT whole (exit code ${String(code)}).`, code);
  if (json !== true) print("The trail is whole.");
}
