import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { z } from "zod";
import { podUser } from "../../charts/superset/pod.ts";
import { root } from "../support/workshop.ts";
import { limitsOfThisMachine, needContainers, Podman } from "./podman.ts";
import { baseImage, buildStage, buildSuperset, tag } from "./superset-image.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const sbomSchema = z.object({
  bomFormat: z.literal("CycloneDX"),
  specVersion: z.string().regex(/^1\.\d+$/),
  components: z.array(z.object({ name: z.string(), version: z.string(), purl: z.string().startsWith("pkg:pypi/") })),
});
const inspectSchema = z.array(
  z.object({ Config: z.object({ User: z.string(), Env: z.array(z.string()), Cmd: z.array(z.string()) }) }),
);

interface Locked {
  readonly pin: string;
  /** Has an environment marker, so that it may be for another platform or Python. */
  readonly conditional: boolean;
}

const normal = (name: string): string => name.toLowerCase().replaceAll(/[-_.]+/g, "-");

function locked(): Locked[] {
  const text = readFileSync(join(root, "superset/requirements.lock"), "utf8");
  return [...text.matchAll(/^([\w.-]+)==(\S+)( ;)?.*\\$/gm)].map(([, name = "", version = "", marker]) => ({
    pin: `${normal(name)}==${version}`,
    conditional: marker !== undefined,
  }));
}

describe("superset/Dockerfile, built", () => {
  const podman = new Podman();
  let base = "";
  let files = "";

  beforeAll(async () => {
    await needContainers();
    base = await baseImage(podman);
    await buildSuperset(podman, base);
    files = await podman.run(["image", "mount", tag]);
  });
  afterAll(async () => {
    await podman.try(["image", "umount", tag]);
  });

  function installed(): string[] {
    return readdirSync(join(files, "app/venv/lib/python3.11/site-packages"))
      .flatMap((entry) => {
        const [, name, version] = /^(.+)-([^-]+)\.dist-info$/.exec(entry) ?? [];
        return name === undefined || version === undefined ? [] : [`${normal(name)}==${version}`];
      })
      .sort();
  }

  it("holds what the hashed lock names for this platform, and nothing else", () => {
    const pins = locked();
    expecting(`the lock lists ${pins.length} distributions`, pins.length).toBeGreaterThan(100);
    const found = new Set(installed());
    const needed = pins.filter(({ conditional }) => !conditional).map(({ pin }) => pin);
    expect(needed.filter((pin) => !found.has(pin))).toStrictEqual([]);
    const known = new Set(pins.map(({ pin }) => pin));
    expect([...found].filter((pin) => !known.has(pin))).toStrictEqual([]);
  });

  it("carries a CycloneDX bill of every distribution that is installed", () => {
    const text = readFileSync(join(files, "app/sbom/python.cdx.json"), "utf8");
    const { components } = sbomSchema.parse(JSON.parse(text));
    expect(components.map(({ name, version }) => `${normal(name)}==${version}`).sort()).toStrictEqual(installed());
  });

  it("has no compiler, no linker, no installer and no build tool", () => {
    const unwanted =
      /^(.*-)?(cc|c\+\+|gcc|g\+\+|cpp|clang|ld|as|make|rustc|cargo|go)(-?[\d.]+)?$|^(pip|uv|uvx|easy_install|cyclonedx-py|wheel)[\d.]*$/;
    const found = ["usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin", "app/venv/bin"].flatMap((folder) =>
      readdirSync(join(files, folder))
        .filter((name) => unwanted.test(name))
        .map((name) => `/${folder}/${name}`),
    );
    expect(found).toStrictEqual([]);
    expecting("the build stage's files are in the image", existsSync(join(files, "build"))).toBe(false);
    expect(installed().filter((pin) => /^(pip|setuptools|wheel|uv|cyclonedx-)/.test(pin))).toStrictEqual([]);
  });

  it("runs as the pods' user, with no secret and no token in its environment", async () => {
    const [image] = inspectSchema.parse(JSON.parse(await podman.run(["image", "inspect", tag])));
    present(image);
    expect(image.Config.User).toBe(`${podUser}:${podUser}`);
    expect(image.Config.Cmd).toStrictEqual(["python", "-m", "homeroom_superset.jobs.schema_revision"]);
    const names = image.Config.Env.map((entry) => entry.split("=")[0] ?? "");
    expect(names.filter((name) => /SECRET|PASSWORD|TOKEN|KEY/.test(name))).toStrictEqual([]);
  });

  it("leaves nothing of the application for the pods' user to change", async () => {
    const owned = await podman.run([
      "run",
      "--rm",
      "--user=0:0",
      "--network=none",
      ...limitsOfThisMachine(),
      "--entrypoint=find",
      tag,
      "/app",
      "(",
      "-not",
      "-user",
      "root",
      "-o",
      "-perm",
      "/022",
      ")",
      "-not",
      "-type",
      "l",
    ]);
    expect(owned).toBe("");
  });

  it("refuses a base that holds a compiler", async () => {
    const container = (await podman.run(["create", base, "true"])).split("\n").at(-1) ?? "";
    const compiler = join(await podman.run(["mount", container]), "usr/bin/gcc");
    writeFileSync(compiler, "#!/bin/sh\n", { mode: 0o755 });
    await podman.run(["umount", container]);
    const withCompiler = "localhost/homeroom/python-with-compiler:test";
    await podman.run(["commit", "--quiet", container, withCompiler]);
    await podman.run(["rm", container]);
    await expect(buildStage(podman, withCompiler, "base")).rejects.toThrow(/PYTHON_IMAGE holds gcc/);
    await podman.run(["rmi", withCompiler]);
  });
});
