import { existsSync } from "node:fs";
import { join } from "node:path";
import { ExpectedError, platform as contract } from "../contract/index.ts";
import { certificateFiles } from "./certificates.ts";
import { type Hosts, hostsOf } from "./hosts.ts";
import { Lock } from "./lock.ts";
import { inspectMachine } from "./machine.ts";
import { PreflightError } from "./preflight.ts";
import { endLeftovers, Processes } from "./processes.ts";
import { Services } from "./services.ts";
import { type LocalSettings, parseSettings } from "./settings.ts";
import { State } from "./state.ts";
import { type Report, runStep } from "./step.ts";
import { type Urls, urlsOf } from "./urls.ts";

export interface StartOptions {
  readonly settings: unknown;
  readonly state: string;
  readonly portOffset?: number;
  readonly portal?: boolean;
  readonly reset?: boolean;
  /** Environment of the command: PATH, HOMEROOM_PYTHON and the installers' settings are taken from it. */
  readonly env: NodeJS.ProcessEnv;
  readonly report?: Report;
  readonly signal?: AbortSignal;
}

export interface RunningPlatform {
  readonly urls: Urls;
  readonly hosts: Hosts;
  readonly settings: LocalSettings;
  readonly state: State;
  readonly authorityFile: string;
  /** Never resolves; rejects when a process ends on its own. */
  readonly failed: Promise<never>;
  stop(): Promise<void>;
}

export class Cancelled extends ExpectedError {}

/** Starts every service and returns the running platform. When a step fails, everything that was started is stopped. */
export async function startPlatform(options: StartOptions): Promise<RunningPlatform> {
  const report = options.report ?? (() => undefined);
  const settings = parseSettings(options.settings, options.portOffset ?? 0);
  const state = new State(options.state);
  if (options.reset) {
    await runStep(report, `deleting ${state.root}`, () => resetState(state));
  }
  const stateProblems = state.findProblems(settings.freeBytes);
  if (stateProblems.length > 0) {
    throw new PreflightError([...stateProblems, ...(await inspectMachine(settings, options.env)).problems]);
  }
  state.create();
  const lock = new Lock(state);
  lock.acquire();
  const processes = new Processes(state, settings.logs);
  const stop = async (): Promise<void> => {
    await processes.stop(report);
    lock.release();
  };
  try {
    const leftovers = await endLeftovers(state);
    if (leftovers.length > 0) report(`! ended what a killed start left behind: ${leftovers.join(", ")}`);
    const machine = await inspectMachine(settings, options.env);
    if (!machine.programs) throw new PreflightError(machine.problems);
    if (options.signal?.aborted) throw new Cancelled("stopped");
    options.signal?.addEventListener("abort", () => processes.cancel(new Cancelled("stopped")), { once: true });
    const started = new Services({
      settings,
      state,
      processes,
      programs: machine.programs,
      withPortal: options.portal ?? true,
      env: options.env,
      report,
    }).start();
    // When a process fails, the steps that are still running fail after it; only the first failure is reported.
    started.catch(() => undefined);
    await Promise.race([started, processes.failed]);
  } catch (error) {
    await stop();
    throw error;
  }
  const hosts = hostsOf(settings);
  return {
    urls: urlsOf(settings, hosts),
    hosts,
    settings,
    state,
    authorityFile: certificateFiles(state.tls).authority,
    failed: processes.failed,
    stop,
  };
}

async function resetState(state: State): Promise<void> {
  if (existsSync(state.path("lock"))) {
    const lock = new Lock(state);
    lock.acquire();
    await endLeftovers(state);
  }
  state.reset();
}

export const adminPasswordFile = (state: State): string => join(state.secrets, contract.secretFiles.adminPassword);
