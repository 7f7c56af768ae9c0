import { join } from "node:path";
import { local } from "../config/local.ts";
import { ExpectedError } from "../contract/index.ts";
import { type Arguments, parseArguments } from "./arguments.ts";
import { repository } from "./machine.ts";
import { adminPasswordFile, Cancelled, type RunningPlatform, startPlatform } from "./platform.ts";
import { trustAdvice } from "./trust-advice.ts";

function printLine(line: string): void {
  process.stdout.write(`${line}\n`);
}

function formatAddresses(running: RunningPlatform, seconds: number): string {
  const { urls } = running;
  const rows = [
    ["School portal", urls.portal, urls.portalTls],
    ["Studio (authors)", urls.studio, urls.studioTls],
    ...urls.embeds.map((plain, index) => [`Embeds ${index + 1}`, plain, urls.embedsTls[index] ?? ""]),
  ];
  const lines = rows.map(([name = "", plain = "", tls = ""]) => `  ${name.padEnd(18)}${plain.padEnd(45)}${tls}`);
  return [
    "",
    `Homeroom runs, after ${seconds.toFixed(0)} s. Ctrl-C ends it.`,
    "",
    ...lines,
    "",
    `  Studio account     admin, password in ${adminPasswordFile(running.state)}`,
    `  Certificates       plain HTTP needs none; for TLS: npm start -- --trust-ca`,
    `  Logs               ${running.state.logs}`,
  ].join("\n");
}

async function main(args: Arguments): Promise<number> {
  if (args.trustCa) {
    printLine(trustAdvice(args.state));
    return 0;
  }
  const began = performance.now();
  const interruption = new AbortController();
  const stopped = new Promise<void>((resolve) => {
    for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(name, () => {
        if (!interruption.signal.aborted) printLine(`\n${name}: ending everything that was started`);
        interruption.abort();
        resolve();
      });
    }
  });
  const running = await startPlatform({
    settings: local,
    state: args.state,
    portOffset: args.portOffset,
    portal: args.portal,
    reset: args.reset,
    env: process.env,
    report: printLine,
    signal: interruption.signal,
  });
  printLine(formatAddresses(running, (performance.now() - began) / 1000));
  try {
    await Promise.race([stopped, running.failed]);
  } catch (error) {
    if (!(error instanceof Cancelled)) throw error;
  } finally {
    await running.stop();
  }
  printLine("Everything has ended; the data stays for the next start.");
  return 0;
}

/** Returns a foreseen error's sentence, and any other error's stack. */
function textOf(error: unknown): string {
  if (error instanceof ExpectedError) return error.message;
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function reportError(error: unknown): number {
  if (error instanceof Cancelled) {
    printLine("Everything that was started has ended; the next start continues.");
    return 130;
  }
  process.stderr.write(`\n${textOf(error)}\n`);
  return 1;
}

process.exitCode = await main(parseArguments(process.argv.slice(2), join(repository, ".homeroom"))).catch(reportError);
