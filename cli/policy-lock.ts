import { readFileSync } from "node:fs";
import { Command } from "commander";
import { type ClaimsKey, readClaimsKey } from "../runtime/policy/database/claims-key.ts";
import { compiledText, compileFiles, policyFiles, readPolicy } from "../runtime/policy/compiler/compile.ts";
import type { Change } from "../runtime/policy/database/change.ts";
import { applyLock, inspectLock } from "../runtime/policy/database/lock.ts";
import { type ConnectionOptions, addConnectionOptions, readOptionFile, withDatabase } from "./analytics-connection.ts";
import type { Output } from "./output.ts";
import { UsageError } from "./usage-error.ts";

interface LockOptions extends ConnectionOptions {
  readonly claimsKey?: readonly string[];
}

const collect = (file: string, before: readonly string[] | undefined): string[] => [...(before ?? []), file];

function addLockOptions(command: Command): Command {
  return addConnectionOptions(command).option(
    "--claims-key <file>",
    "key that Superset signs claims with; given twice, both are accepted while it changes. Without it keys stay as they are",
    collect,
  );
}

function readKeys({ claimsKey }: LockOptions): ClaimsKey[] | undefined {
  return claimsKey?.map((file) => readClaimsKey(readOptionFile("--claims-key", file), file));
}

const formatChange = ({ because, statement }: Change): string => `-- ${because}\n${statement};`;

/** Returns the commands `homeroom policy plan | apply | check`, for the row security of one analytics database. */
export function lockCommands({ print }: Output): Command[] {
  const plan = addLockOptions(new Command("plan"))
    .description("show the statements that would lock an analytics database, and change nothing")
    .action(async (options: LockOptions) => {
      const keys = readKeys(options);
      const { changes, holes } = await withDatabase(options, (client) => inspectLock(client, readPolicy(), keys));
      for (const change of changes) print(formatChange(change));
      print(
        changes.length === 0 ? "nothing to change" : `-- ${changes.length} change(s): homeroom policy apply makes them`,
      );
      for (const hole of holes) print(`-- open now: ${hole}`);
    });
  const apply = addLockOptions(new Command("apply"))
    .description("lock an analytics database in one transaction; repeating it changes nothing")
    .action(async (options: LockOptions) => {
      const keys = readKeys(options);
      const { changes, holes } = await withDatabase(options, (client) =>
        applyLock(client, readPolicy(), keys, ({ because }) => print(`… ${because}`)),
      );
      print(changes.length === 0 ? "nothing to change" : `${changes.length} change(s) made`);
      throwProblems(holes, "the lock is in place, but it can be passed");
    });
  const check = addLockOptions(new Command("check"))
    .description(
      "validate the policy and refuse a stale contract/compiled-policy.json; with --url, refuse an analytics database that is not locked",
    )
    .action(async (options: LockOptions) => {
      const compiled = compileFiles();
      if (readFileSync(policyFiles.compiled, "utf8") !== compiledText(compiled)) {
        throw new UsageError(
          `${policyFiles.compiled} is not what ${policyFiles.policy} says; run homeroom policy compile`,
        );
      }
      print(`current: ${compiled.hash}`);
      if (options.url === undefined) return;
      const keys = readKeys(options);
      const { changes, holes } = await withDatabase(options, (client) => inspectLock(client, readPolicy(), keys));
      throwProblems(
        [...changes.map(({ because }) => because), ...holes],
        "the database is not locked as the policy says",
      );
      print("locked: every relation that a reader can select is bound by the policy");
    });
  return [plan, apply, check];
}

function throwProblems(problems: readonly string[], summary: string): void {
  if (problems.length === 0) return;
  throw new UsageError(
    `${summary}, ${problems.length} problem(s):\n${problems.map((line) => `  - ${line}`).join("\n")}`,
  );
}
