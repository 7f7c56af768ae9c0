import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { addons, ExpectedError, chartFolder, imageRepository } from "../contract/index.ts";

export class MirrorError extends ExpectedError {}

/** An image to copy from an upstream registry to the account's registry, with upstream's tag. */
export interface MirroredImage {
  readonly key: string;
  readonly from: string;
  readonly to: string;
}

export interface MirroredChart {
  readonly name: string;
  readonly source: string;
  readonly version: string;
  readonly to: string;
  /**
   * Whether the chart's schema is removed, because it refers to web pages that Helm cannot reach in an isolated
   * network.
   */
  readonly dropSchema: boolean;
}

/** Digests in the account's registry, as config/images/<environment>.json stores them. */
export interface Digests {
  readonly images: Readonly<Record<string, string>>;
  readonly charts: Readonly<Record<string, string>>;
}

export function imagesOf(registry: string): MirroredImage[] {
  const all = { ...Object.assign({}, ...addons.releases.map(({ images }) => images)), ...addons.images } as Record<
    string,
    string
  >;
  return Object.entries(all).map(([key, from]) => ({
    key,
    from,
    to: `${registry}/${imageRepository(key)}:${from.slice(from.lastIndexOf(":") + 1)}`,
  }));
}

export function chartsOf(registry: string): MirroredChart[] {
  return addons.releases.map(({ name, chart }) => ({
    name,
    source: chart.source,
    version: chart.version,
    to: `oci://${registry}/${chartFolder}`,
    dropSchema: "dropSchema" in chart,
  }));
}

/**
 * Copies an image with all of its platforms and returns the digest, which is the same in both registries.
 * `env` is the environment that crane runs in; default: that of the process.
 */
export function copyImage(
  { key, from, to }: MirroredImage,
  known: string | undefined,
  env?: NodeJS.ProcessEnv,
): string {
  const upstream = run("crane", ["digest", from], env);
  if (known !== undefined && upstream !== known) {
    throw new MirrorError(
      `${key}: ${from} is ${upstream}, the digest file says ${known}; a moved tag is refused. Review it, then repeat with --update`,
    );
  }
  run("crane", ["copy", `${from.slice(0, from.lastIndexOf(":"))}@${upstream}`, to], env);
  const copied = run("crane", ["digest", to], env);
  if (copied !== upstream) throw new MirrorError(`${key}: ${to} is ${copied} after the copy of ${upstream}`);
  return upstream;
}

/** Copies a chart and returns the SHA-256 of upstream's package. */
export function copyChart(chart: MirroredChart, known: string | undefined): string {
  return usePackage(chart, known, (file, digest) => {
    run("helm", ["push", chart.dropSchema ? removeSchema(file) : file, chart.to]);
    return digest;
  });
}

/** Unpacks a chart into `folder`, where test/helm/run.ts reads it, and returns the SHA-256 of its package. */
export function unpackChart(chart: MirroredChart, known: string | undefined, folder: string): string {
  return usePackage(chart, known, (file, digest) => {
    run("tar", ["-xzf", file, "-C", folder]);
    return digest;
  });
}

function usePackage<T>(chart: MirroredChart, known: string | undefined, use: (file: string, digest: string) => T): T {
  const folder = mkdtempSync(join(tmpdir(), "homeroom-chart-"));
  try {
    const { source, version } = chart;
    const from = source.startsWith("oci://") ? [source] : [basename(source), "--repo", dirname(source)];
    run("helm", ["pull", ...from, "--version", version, "--destination", folder]);
    const [file] = readdirSync(folder);
    if (file === undefined) throw new MirrorError(`${chart.name}: helm pulled no package of ${source} ${version}`);
    const digest = `sha256:${createHash("sha256")
      .update(readFileSync(join(folder, file)))
      .digest("hex")}`;
    if (known !== undefined && digest !== known) {
      throw new MirrorError(
        `${chart.name}: ${source} ${version} is ${digest}, the digest file says ${known}. Review it, then repeat with --update`,
      );
    }
    return use(join(folder, file), digest);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function removeSchema(file: string): string {
  const folder = dirname(file);
  run("tar", ["-xzf", file, "-C", folder]);
  const [chart] = readdirSync(folder, { withFileTypes: true }).filter((entry) => entry.isDirectory());
  if (chart === undefined) throw new MirrorError(`${file} holds no chart`);
  rmSync(join(folder, chart.name, "values.schema.json"));
  rmSync(file);
  run("helm", ["package", join(folder, chart.name), "--destination", folder]);
  return file;
}

function run(command: string, args: readonly string[], env?: NodeJS.ProcessEnv): string {
  try {
    return execFileSync(command, args, {
      ...(env ? { env } : {}),
      encoding: "utf8",
      stdio: ["ignore", "pipe", "pipe"],
    }).trim();
  } catch (error) {
    const { code, stderr } = error as { code?: unknown; stderr?: string };
    if (code === "ENOENT") {
      throw new MirrorError(
        `${command} is not on PATH; install it (crane of go-containerregistry, helm 3.14 or later)`,
      );
    }
    throw new MirrorError(`${command} ${args.join(" ")} failed: ${(stderr ?? String(error)).trim()}`);
  }
}
