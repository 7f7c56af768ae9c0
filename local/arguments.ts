import { Command, InvalidArgumentError } from "commander";

export interface Arguments {
  readonly state: string;
  readonly portOffset: number;
  readonly reset: boolean;
  readonly portal: boolean;
  readonly trustCa: boolean;
}

function offset(value: string): number {
  const number = Number(value);
  if (!/^\d+$/.test(value) || number > 50_000) throw new InvalidArgumentError("Give a whole number from 0 to 50000.");
  return number;
}

/** Reads the command line; commander itself prints `--help` and unknown options and then exits. */
export function parseArguments(argv: readonly string[], defaultState: string): Arguments {
  const command = new Command("npm start --")
    .description(
      "Runs Homeroom on this machine: PostgreSQL, Redis, Superset, a Celery worker, the token service, the school portal and nginx.\n" +
        "The first start installs everything below the state folder and takes minutes; later starts take seconds. Ctrl-C ends all of it.",
    )
    .option("--state <dir>", "folder for everything the start makes: data, keys, logs", defaultState)
    .option("--port-offset <n>", "add N to every port, to run beside another start", offset, 0)
    .option("--reset", "delete the state folder first and begin anew (all local data is lost)", false)
    .option("--no-portal", "do not start the example host product")
    .option("--trust-ca", "print how to trust the local certificate authority, then exit", false)
    .addHelpText(
      "after",
      `
Environment:
  HOMEROOM_PYTHON   a Python 3.11 or 3.12 to use instead of the first one found on PATH

Files below the state folder:
  logs/             one log for each part, rotated
  tls/ca.crt        the local certificate authority; plain HTTP works without trusting it
  secrets/          generated passwords, among them admin-password for the studio

Examples:
  npm start
  npm start -- --reset
  npm start -- --state /tmp/second --port-offset 1000`,
    )
    .allowExcessArguments(false)
    .showHelpAfterError("(npm start -- --help tells all options)");
  command.parse([...argv], { from: "user" });
  return command.opts<Arguments>();
}
