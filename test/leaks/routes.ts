import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { childEnvironment } from "../../local/child-environment.ts";
import { supersetEnvironment } from "../../local/superset-environment.ts";
import { live, settings } from "../e2e/live.ts";
import { root } from "../support/workshop.ts";

export interface Route {
  readonly rule: string;
  readonly endpoint: string;
  readonly methods: readonly string[];
  /** Converter of each argument by its name. */
  readonly arguments: Readonly<Record<string, string>>;
}

export interface Application {
  readonly routes: readonly Route[];
  /** Endpoints that anybody may call, those of a guest, and those of them that write. */
  readonly open: readonly string[];
  readonly guest: readonly string[];
  readonly writes: readonly string[];
}

/** Asked of the application itself, so that a route that a new Superset brings is attacked without anybody listing it. */
export async function application(): Promise<Application> {
  const { stdout } = await promisify(execFile)(
    live.state.path("venv", "bin", "python"),
    [join(root, "test/leaks/routes.py")],
    {
      maxBuffer: 32e6,
      timeout: 120_000,
      env: {
        ...childEnvironment(process.env),
        ...supersetEnvironment(live.state, settings, root),
        PYTHONPATH: join(root, "superset", "src"),
        PYTHONDONTWRITEBYTECODE: "1",
        SUPERSET_CONFIG: "homeroom_superset.superset_config",
        SUPERSET_HOME: live.state.superset,
      },
    },
  );
  return JSON.parse(stdout.slice(stdout.lastIndexOf('\n{"routes"') + 1)) as Application;
}

/** An address that the route answers to, with numbers and names that exist. */
export function addressOf({ rule, endpoint, arguments: args }: Route, known: Readonly<Record<string, string>>): string {
  const address = rule.replaceAll(/<(?:[^<>:]+:)?([^<>]+)>/g, (_, name: string) =>
    encodeURIComponent(
      known[name] ??
        (args[name] === "IntegerConverter" ? "1" : args[name] === "UUIDConverter" ? (known["uuid"] ?? "") : "x"),
    ),
  );
  return endpoint === "Api.time_range" ? `${address}?q='Last week'` : address;
}
