import { mkdirSync, writeFileSync } from "node:fs";
import { rotate, type Rotation } from "./log.ts";
import { nginxConfiguration, type NginxProps } from "./nginx-configuration.ts";
import type { SupervisedProcess } from "./supervised-process.ts";
import type { Processes } from "./processes.ts";
import type { State } from "./state.ts";

const minuteMs = 60_000;

/**
 * Starts nginx. nginx writes its access log itself; to rotate it, the log is renamed and nginx told to open a new one.
 */
export function startNginx(
  processes: Processes,
  state: State,
  rotation: Rotation,
  program: string,
  props: NginxProps,
  env: NodeJS.ProcessEnv,
): SupervisedProcess {
  mkdirSync(props.folder, { recursive: true });
  const file = state.path("nginx", "nginx.conf");
  writeFileSync(file, nginxConfiguration(props));
  rotate(props.accessLog, rotation);
  const nginx = processes.start({
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
    if (rotate(props.accessLog, rotation)) nginx.signal("SIGUSR1");
  }, minuteMs);
  timer.unref();
  void nginx.exited.then(() => clearInterval(timer));
  return nginx;
}
