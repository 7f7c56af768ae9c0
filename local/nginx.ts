import { mkdirSync, writeFileSync } from "node:fs";
import { rotate, type Rotation } from "./log.ts";
import { nginxConfiguration, type NginxProps } from "./nginx-configuration.ts";
import type { Part } from "./part.ts";
import type { Processes } from "./processes.ts";
import type { State } from "./state.ts";

const MINUTE = 60_000;

/** Starts nginx. It writes its access log itself, so the log is moved aside and nginx is told to open a new one. */
export function startNginx(
  processes: Processes,
  state: State,
  rotation: Rotation,
  program: string,
  props: NginxProps,
  env: NodeJS.ProcessEnv,
): Part {
  mkdirSync(props.folder, { recursive: true });
  const file = state.path("nginx", "nginx.conf");
  writeFileSync(file, nginxConfiguration(props));
  rotate(props.accessLog, rotation);
  const part = processes.start({
    name: "nginx",
    layer: "front",
    command: program,
    args: ["-p", props.folder, "-c", file, "-e", "stderr"],
    env,
    cwd: props.folder,
    stopSignal: "SIGQUIT",
    stopMs: 3_000,
  });
  const timer = setInterval(() => {
    if (rotate(props.accessLog, rotation)) part.signal("SIGUSR1");
  }, MINUTE);
  timer.unref();
  void part.ending.then(() => clearInterval(timer));
  return part;
}
