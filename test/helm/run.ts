// tsx test/helm/run.ts --charts FOLDER [--helm helm] [--write]: the add-ons' values against the real charts.
// FOLDER holds each chart of contract/addons.json unpacked under its own name, as `homeroom images mirror --charts-only FOLDER` leaves them.
// Renders every release, then judges its images, and with --write keeps for the unit tests the names that each chart reads
// (keys.json) and which of its pods answer whom at which port (connections.json).
import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { parse, parseAllDocuments } from "yaml";
import { addonReleases, type AddonRelease } from "../../charts/addons/helm/releases.ts";
import { foreignImages } from "../../lib/checks/residency/images.ts";
import { connectionsOf, type Connections } from "./connections.ts";
import { addonVariants } from "./fixture.ts";
import { opened, keysOfChart, unknownPaths } from "./value-keys.ts";

const { values: options } = parseArgs({
  options: {
    charts: { type: "string" },
    helm: { type: "string", default: "helm" },
    write: { type: "boolean", default: false },
    out: { type: "string" },
  },
});
const { charts } = options;
if (charts === undefined) throw new Error("--charts is missing: give the folder of unpacked charts");

const problems: string[] = [];
const connections: Connections[] = [];
const keys: Record<string, { version: string; keys: unknown }> = {};

for (const [variant, props] of Object.entries(addonVariants)) {
  for (const release of addonReleases(props)) {
    const folder = join(charts, release.repository.slice(release.repository.lastIndexOf("/") + 1));
    const found = (parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as { version: string }).version;
    if (found !== release.version)
      problems.push(`${release.name}: ${folder} is ${found}, the list says ${release.version}`);
    const known = opened(keysOfChart(folder));
    keys[release.name] = { version: release.version, keys: known };
    for (const path of unknownPaths(release.values, known))
      problems.push(`${release.name}: the chart reads no ${path}`);
    const rendered = render(release, folder);
    if (rendered === undefined) continue;
    if (options.out !== undefined) {
      writeFileSync(join(options.out, `${variant.replaceAll(" ", "-")}-${release.name}.yaml`), rendered);
    }
    const objects = parseAllDocuments(rendered).map((document) => document.toJS() as unknown);
    connections.push(connectionsOf(objects, release.namespace));
    const account = props.registry.split(".")[0] ?? "";
    for (const image of foreignImages(objects, { account, regions: [props.region] })) {
      problems.push(`${release.name} (${variant}): runs ${image}`);
    }
    console.log(`${variant}: ${release.name} ${release.version}: ${objects.length} objects, ${rendered.length} bytes`);
  }
}

function render(release: AddonRelease, folder: string): string | undefined {
  const run = spawnSync(
    options.helm,
    ["template", release.name, folder, "--namespace", release.namespace, "--include-crds", "--values", "-"]
      .concat(["--kube-version", "1.36.0", "--skip-schema-validation"])
      .concat(["--api-versions", "monitoring.coreos.com/v1", "--api-versions", "cert-manager.io/v1"]),
    { input: JSON.stringify(release.values), encoding: "utf8", maxBuffer: 64e6 },
  );
  if (run.status === 0) return run.stdout;
  problems.push(`${release.name}: helm template failed: ${run.error?.message ?? run.stderr.trim()}`);
  return undefined;
}

if (options.write) {
  const lines = Object.entries(keys).map(([name, entry]) => `${JSON.stringify(name)}:${JSON.stringify(entry)}`);
  writeFileSync(new URL("keys.json", import.meta.url), `{\n${lines.join(",\n")}\n}\n`);
  writeFileSync(new URL("connections.json", import.meta.url), linesOf(connections));
}
/** One line for each pod and each caller, without those that several variants share. */
function linesOf(all: readonly Connections[]): string {
  const parts = (["pods", "called", "scraped"] as const).map((part) => {
    const lines = [...new Set(all.flatMap((found) => found[part].map((entry) => JSON.stringify(entry))))].sort();
    return `"${part}":[\n${lines.join(",\n")}\n]`;
  });
  return `{\n${parts.join(",\n")}\n}\n`;
}

for (const problem of new Set(problems)) console.error(problem);
process.exitCode = problems.length > 0 ? 1 : 0;
