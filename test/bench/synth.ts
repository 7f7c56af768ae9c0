import { readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { loadavg } from "node:os";
import { join } from "node:path";
import prod from "../../config/prod.ts";
import type { DeploymentInput } from "../../lib/config/schema/deployment.ts";
import { run } from "../support/suite.ts";
import { root, workshop } from "../support/workshop.ts";
import type { Row } from "./page.ts";

const templateLimit = 1_000_000;
const manifestLimit = 200_000;
const targetMegabytes = 800;

interface Case {
  readonly tenants: number;
  readonly own: number;
  readonly regions: 1 | 2;
  readonly targetSeconds?: number;
}

const cases: readonly Case[] = [
  { tenants: 1, own: 0, regions: 1, targetSeconds: 8 },
  { tenants: 100, own: 10, regions: 1, targetSeconds: 15 },
  { tenants: 500, own: 10, regions: 1, targetSeconds: 40 },
  { tenants: 1, own: 0, regions: 2 },
  { tenants: 100, own: 10, regions: 2 },
];

/** The shape of prod with many tenants: `own` of them with a database, the others share. */
export function deploymentWith({ tenants, own, regions }: Case): DeploymentInput {
  const ids = Array.from({ length: tenants }, (_, index) => `tenant-${index + 1}`);
  const places: readonly { readonly name: string; readonly block: number }[] = [
    { name: "ap-southeast-2", block: 30 },
    { name: "ap-southeast-4", block: 130 },
  ].slice(0, regions);
  const [shared, apart] = prod.analyticsDatabases;
  if (shared === undefined || apart === undefined) throw new Error("config/prod.ts attaches less than two databases");
  return {
    ...prod,
    regions: places.map(({ name, block }, index) => ({
      name,
      availabilityZones: ["a", "b", "c"].map((zone) => `${name}${zone}`),
      cidr: `10.${block}.0.0/16`,
      ...(index > 0 && { domain: `second.${prod.edge.domain}` }),
    })),
    analyticsDatabases: places.flatMap(({ name, block }) => [
      { ...shared, region: name, cidrs: [`10.${block + 1}.0.0/16`] },
      ...ids.slice(0, own).map((id) => ({
        ...apart,
        id,
        host: `${id}.prod.internal`,
        region: name,
        cidrs: [`10.${block + 2}.0.0/16`],
      })),
    ]),
    identity: {
      ...prod.identity,
      issuers: [{ id: "product", url: "https://product.example", tenants: ids }],
    },
    tenants: ids.map((id, index) => ({
      id,
      ...(index < own ? { isolation: "database" as const, database: id } : { isolation: "shared" as const }),
      hostProducts: ["https://portal.example"],
    })),
  };
}

/** Each case in a process of its own, as an engineer runs it: with cdk-nag, validation and bundling. */
export async function measureSynth(report: (row: Row) => void): Promise<string[]> {
  for (const wanted of cases) {
    const figure = await measure(wanted);
    report({ what: nameOf(wanted), figure });
  }
  return [`Load of the machine when it ended: ${loadavg()[0]?.toFixed(1) ?? "?"}.`];
}

function nameOf({ tenants, own, regions, targetSeconds }: Case): string {
  const target = targetSeconds === undefined ? "" : `; target ${targetSeconds} s, ${targetMegabytes} MB`;
  const of = own === 0 ? "" : `, ${own} of them with a database`;
  return `\`cdk synth\`, ${tenants} tenant${tenants === 1 ? "" : "s"}${of}, ${regions} region${regions === 1 ? "" : "s"}${target}`;
}

async function measure(wanted: Case): Promise<string> {
  const output = join(workshop, "bench-cdk.out");
  const file = join(workshop, "bench-deployment.json");
  rmSync(output, { recursive: true, force: true });
  writeFileSync(file, JSON.stringify(deploymentWith(wanted)));
  const script =
    "import json,resource,subprocess,sys,time;b=time.time();r=subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL,stderr=subprocess.PIPE);" +
    "u=resource.getrusage(resource.RUSAGE_CHILDREN);print(json.dumps([r.returncode,time.time()-b,u.ru_utime+u.ru_stime,u.ru_maxrss/1024,r.stderr.decode()[-300:]]))";
  const cdk = join(root, "node_modules/.bin/cdk");
  const args = ["-c", script, cdk, "synth", "--quiet", "--output", output, "-c", `environment=${file}`];
  const done = await run({ command: "python3", args, cwd: root, minutes: 15, quiet: true });
  const [code, time, cpu, megabytes, message] = JSON.parse(done.output.trim().split("\n").pop() ?? "[]") as [
    number,
    number,
    number,
    number,
    string,
  ];
  if (code !== 0) return `failed: ${message.trim().split("\n").pop() ?? ""}`;
  return `${time.toFixed(1)} s (${cpu.toFixed(1)} s of processor), largest process ${megabytes.toFixed(0)} MB; ${sizes(output)}`;
}

function sizes(output: string): string {
  const templates = readdirSync(output).filter((name) => name.endsWith(".template.json"));
  const bytes = templates.map((name) => statSync(join(output, name)).size);
  const manifests = templates.flatMap((name) => manifestsIn(join(output, name)));
  const share = (size: number, limit: number): string => `${Math.round(size / 1000)} KB of ${limit / 1000}`;
  return `${templates.length} templates, largest ${share(Math.max(...bytes), templateLimit)}; largest manifest ${share(Math.max(0, ...manifests), manifestLimit)}`;
}

function manifestsIn(file: string): number[] {
  const { Resources = {} } = JSON.parse(readFileSync(file, "utf8")) as {
    Resources?: Record<string, { Properties?: { Manifest?: unknown } }>;
  };
  return Object.values(Resources)
    .map(({ Properties }) => Properties?.Manifest)
    .filter((manifest) => manifest !== undefined)
    .map((manifest) => (typeof manifest === "string" ? manifest : JSON.stringify(manifest)).length);
}
