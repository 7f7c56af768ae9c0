import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { Command } from "commander";
import { z } from "zod";
import { readDeployment } from "../lib/config/load.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import { chartsOf, copyChart, copyImage, type Digests, imagesOf, MirrorError, unpackChart } from "./mirror.ts";
import type { Output } from "./output.ts";

interface Options {
  readonly config: string;
  readonly dryRun?: true;
  readonly update?: true;
  readonly chartsOnly?: string;
}

export function imagesCommand({ print }: Output): Command {
  const images = new Command("images").description(
    "charts and images of contract/addons.json in the account's own registry",
  );
  images
    .command("mirror")
    .description("copy every chart and image by digest, and write the digests; log in with crane and helm first")
    .addOption(deploymentOption())
    .option("--dry-run", "print what would be copied, and copy nothing")
    .option("--update", "accept charts and images whose digests changed since the digest file was written")
    .option("--charts-only <folder>", "leave the charts unpacked in a folder instead, for test/helm/run.ts")
    .action((options: Options) => mirror(options, print));
  return images;
}

async function mirror(options: Options, print: (line: string) => void): Promise<void> {
  const deployment = await readDeployment(deploymentFile(options.config));
  const file = `config/images/${deployment.environment}.json`;
  const known = options.update ? { images: {}, charts: {} } : readDigests(file);
  const registries = deployment.regions.map(({ name }) => `${deployment.account}.dkr.ecr.${name}.amazonaws.com`);
  if (options.dryRun) {
    for (const registry of registries) {
      for (const { from, to } of imagesOf(registry)) print(`image ${from} -> ${to}`);
      for (const { source, version, to, dropSchema } of chartsOf(registry)) {
        print(`chart ${source} ${version} -> ${to}${dropSchema ? " (without its schema)" : ""}`);
      }
    }
    return;
  }
  const { chartsOnly } = options;
  if (chartsOnly !== undefined) {
    mkdirSync(chartsOnly, { recursive: true });
    for (const chart of chartsOf(registries[0] ?? "")) {
      print(`${chart.name} ${unpackChart(chart, known.charts[chart.name], chartsOnly)}`);
    }
    return;
  }
  const found = { images: {} as Record<string, string>, charts: {} as Record<string, string> };
  for (const registry of registries) {
    for (const image of imagesOf(registry)) {
      found.images[image.key] = copyImage(image, found.images[image.key] ?? known.images[image.key]);
      print(`image ${image.to} ${found.images[image.key]}`);
    }
    for (const chart of chartsOf(registry)) {
      found.charts[chart.name] = copyChart(chart, found.charts[chart.name] ?? known.charts[chart.name]);
      print(`chart ${chart.to}/${chart.name} ${chart.version} ${found.charts[chart.name]}`);
    }
  }
  writeFileSync(file, `${JSON.stringify(found, null, 2)}\n`);
  print(`${file} is written: review its diff, then synthesise`);
}

const digestsSchema = z.strictObject({
  images: z.record(z.string(), z.string()),
  charts: z.record(z.string(), z.string()),
});

function readDigests(file: string): Digests {
  if (!existsSync(file)) return { images: {}, charts: {} };
  try {
    return digestsSchema.parse(JSON.parse(readFileSync(file, "utf8")));
  } catch (error) {
    throw new MirrorError(`${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
}
