import { createHash } from "node:crypto";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { run } from "../support/suite.ts";
import { root } from "../support/workshop.ts";
import { type Podman, PodmanError } from "./podman.ts";

/** Where distributions keep the authorities that a machine trusts; the first is Debian's. */
const bundles = ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt"];
export const tag = "localhost/homeroom/superset:test";
const buildTag = "localhost/homeroom/superset-build:test";

/**
 * Stands for python:3.11-slim-bookworm, which lies in a container registry: Debian 12 with what that image has of it,
 * and Python in /usr/local with a pip of its own. It differs in the Python, which is Debian's 3.11 instead of python.org's.
 */
export async function baseImage(podman: Podman): Promise<string> {
  const debootstrap = [
    "--variant=minbase",
    "--include=ca-certificates,python3.11-venv",
    "--dpkgopt=path-exclude=/usr/share/man/*",
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    '--customize-hook=chroot "$1" python3.11 -m venv /usr/local',
    '--customize-hook=rm -rf "$1"/var/lib/apt/lists/*',
    "bookworm",
  ];
  const image = ["--change=ENV PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"];
  const version = createHash("sha256")
    .update(JSON.stringify([debootstrap, image]))
    .digest("hex")
    .slice(0, 12);
  const name = `localhost/homeroom/python-base:${version}`;
  if ((await podman.try(["image", "exists", name])).code === 0) return name;
  mkdirSync(podman.folder, { recursive: true });
  const archive = join(podman.folder, `python-base-${process.pid}.tar`);
  const made = await run({
    command: "mmdebstrap",
    args: [...debootstrap, archive],
    cwd: root,
    minutes: 15,
    quiet: true,
  });
  if (made.code !== 0)
    throw new PodmanError(
      `mmdebstrap ended with ${made.code}:\n${made.output.trimEnd().split("\n").slice(-15).join("\n")}`,
    );
  await podman.run(["import", "--quiet", ...image, archive, name], 10);
  rmSync(archive);
  return name;
}

/** Builds superset/Dockerfile, every step; layers of an earlier build are used again, and what no tag needs is deleted. */
export async function buildSuperset(podman: Podman, base: string): Promise<void> {
  // With a tag of its own the build stage, which takes minutes, outlives the pruning.
  await buildStage(podman, base, "build", buildTag);
  await buildStage(podman, base, undefined, tag);
  await podman.run(["image", "prune", "--force"], 10);
}

/** Builds a stage of the image, by default the last, under a name. */
export async function buildStage(podman: Podman, base: string, stage?: string, name?: string): Promise<void> {
  await podman.run(
    [
      "build",
      "--isolation=chroot",
      "--network=host",
      "--layers",
      "--pull=never",
      "--file=superset/Dockerfile",
      "--ignorefile=superset/Dockerfile.dockerignore",
      `--build-arg=PYTHON_IMAGE=${base}`,
      ...(stage === undefined ? [] : [`--target=${stage}`]),
      ...(name === undefined ? [] : [`--tag=${name}`]),
      ...trustOfThisMachine(podman.folder),
      ".",
    ],
    30,
  );
}

/** A machine behind a proxy trusts that proxy's authority; the build's pip and uv must as well, the image must not. */
function trustOfThisMachine(folder: string): string[] {
  const bundle = bundles.find((path) => existsSync(path));
  if (bundle === undefined) return [];
  const inside = "/etc/ssl/certs/ca-certificates.crt";
  const [pip, uv] = [join(folder, "pip.conf"), join(folder, "uv.toml")];
  writeFileSync(pip, `[global]\ncert = ${inside}\n`);
  writeFileSync(uv, "system-certs = true\n");
  return [
    [bundle, inside],
    [pip, "/etc/pip.conf"],
    [uv, "/etc/uv/uv.toml"],
  ].map(([outside, mounted]) => `--volume=${outside}:${mounted}:ro`);
}
