import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Finished, run } from "../support/suite.ts";
import { root, workshop } from "../support/workshop.ts";

const packages = ["podman", "runc", "slirp4netns", "mmdebstrap"] as const;

export class PodmanError extends Error {}

/** Says in one sentence what building and running the image needs; nothing is skipped for want of it. */
export async function needContainers(): Promise<void> {
  const missing: string[] = [];
  for (const name of packages) {
    const found = await run({ command: "sh", args: ["-c", `command -v ${name}`], cwd: root, minutes: 1, quiet: true });
    if (found.code !== 0) missing.push(name);
  }
  const problems = [
    ...(process.platform === "linux" ? [] : [`it needs Linux, this is ${process.platform}`]),
    ...(process.getuid?.() === 0 ? [] : ["it needs root, for overlays, cgroups and other users"]),
    ...(missing.length === 0 ? [] : [`it needs ${missing.join(", ")}: apt-get install ${packages.join(" ")}`]),
  ];
  if (problems.length > 0) throw new PodmanError(`The image cannot be built and run here: ${problems.join("; ")}.`);
}

/** Podman with images and containers of its own below .homeroom-test/, on the runtime that a node's containerd uses. */
export class Podman {
  readonly folder = join(workshop, "podman");

  async try(args: readonly string[], minutes = 2): Promise<Finished> {
    mkdirSync(this.folder, { recursive: true });
    const places = [
      `--root=${join(this.folder, "storage")}`,
      `--runroot=${join(this.folder, "run")}`,
      `--tmpdir=${join(this.folder, "tmp")}`,
    ];
    const own = ["--runtime=runc", "--cgroup-manager=cgroupfs", "--events-backend=none", "--log-level=error"];
    return run({ command: "podman", args: [...places, ...own, ...args], cwd: root, minutes, quiet: true });
  }

  /** Standard output and error of a command that must succeed. */
  async run(args: readonly string[], minutes?: number): Promise<string> {
    const { code, output } = await this.try(args, minutes);
    if (code !== 0) {
      const last = output.trimEnd().split("\n").slice(-25).join("\n");
      throw new PodmanError(`podman ${args[0]} ended with ${code}:\n${last}`);
    }
    return output.trim();
  }
}

/** Podman asks for more than a machine without CAP_SYS_RESOURCE may give; a node's containerd asks for nothing. */
export function limitsOfThisMachine(): string[] {
  const limits = readFileSync("/proc/self/limits", "utf8");
  const soft = (name: string): number => Number(new RegExp(`^${name} +(\\d+)`, "m").exec(limits)?.[1] ?? 1024);
  return [`--ulimit=nofile=${soft("Max open files")}`, `--ulimit=nproc=${Math.min(8192, soft("Max processes"))}`];
}
