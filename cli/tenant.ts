import { Command, InvalidArgumentError, Option } from "commander";
import { retentionClasses } from "../lib/config/schema/audit.ts";
import { readDeployment } from "../lib/config/load.ts";
import type { Tenant } from "../lib/config/schema/tenant.ts";
import { deploymentFile, deploymentOption } from "./deployment-option.ts";
import { addTenant, type IssuerChoice } from "./new-tenant.ts";
import { parseWholeNumber } from "./number-option.ts";
import type { Output } from "./output.ts";

interface AddOptions {
  readonly config: string;
  readonly isolation: Tenant["isolation"];
  readonly hostProduct: string[];
  readonly hostname?: string[];
  readonly issuer?: IssuerChoice;
  readonly database?: string;
  readonly quota?: NonNullable<Tenant["quota"]>;
  readonly timeZone?: string;
  readonly term?: Term[];
  readonly retention?: Tenant["retention"];
  readonly budget?: number;
  readonly dryRun?: true;
}

type Term = NonNullable<Tenant["calendar"]>["terms"][number];

export function tenantCommand({ print }: Output): Command {
  const tenant = new Command("tenant").description("customers of the operator: entries of config/<environment>.ts");
  tenant
    .command("list")
    .description("show every tenant, its isolation and who signs for it")
    .addOption(deploymentOption())
    .action(async ({ config }: { config: string }) => {
      const { tenants, identity } = await readDeployment(deploymentFile(config));
      for (const { id, isolation, timeZone, database } of tenants) {
        const issuers = identity.issuers.filter((issuer) => issuer.tenants.includes(id)).map(({ url }) => url);
        print([id, database === undefined ? isolation : `${isolation} ${database}`, timeZone, ...issuers].join("  "));
      }
    });
  tenant
    .command("add")
    .description("write a tenant into a configuration file; refuses what `homeroom config check` would refuse")
    .argument("<id>", "lower-case letters, digits and hyphens")
    .addOption(deploymentOption())
    .addOption(
      new Option("--isolation <kind>", "rows in the shared database, a database, or a Superset of its own")
        .choices(["shared", "database", "instance"])
        .makeOptionMandatory(),
    )
    .requiredOption("--host-product <origin...>", "https origins that may frame its dashboards")
    .option("--hostname <host...>", "hosts of its own, inside the environment's domain")
    .option(
      "--issuer <id[=url]>",
      "who signs for it: an issuer of the file, or a new one; default <id>=<first host product>",
      parseIssuer,
    )
    .option("--database <id>", 'entry of analyticsDatabases with its rows; default <id> with isolation "database"')
    .option("--quota <cpu,memoryGib,pods>", "what an instance may use, as 8,32,40", parseQuota)
    .option("--time-zone <zone>", 'IANA name; default "Australia/Sydney"')
    .option("--term <name=from..to...>", "school terms, as 'Term 1=2027-01-28..2027-04-09'", parseTerm)
    .addOption(new Option("--retention <class>", "class of its audit records; default r1").choices(retentionClasses))
    .option("--budget <usd>", "monthly budget of its own", parseWholeNumber)
    .option("--dry-run", "show the change and write nothing")
    .action(async (id: string, options: AddOptions) => {
      const file = deploymentFile(options.config);
      const signer = options.issuer ?? { id, url: options.hostProduct[0] ?? "" };
      const dryRun = options.dryRun ?? false;
      print(await addTenant(file, buildEntry(id, options), signer, { dryRun }));
      print(dryRun ? `${file} is unchanged` : `${file} has tenant ${id}; next: npx cdk diff -c environment=<name>`);
    });
  return tenant;
}

function buildEntry(id: string, options: AddOptions): Parameters<typeof addTenant>[1] {
  const { isolation, quota, timeZone, retention, term } = options;
  const database = options.database ?? (isolation === "database" ? id : undefined);
  return {
    id,
    isolation,
    ...(database !== undefined && { database }),
    hostProducts: options.hostProduct,
    ...(options.hostname && { hostnames: options.hostname }),
    ...(quota && { quota }),
    ...(timeZone !== undefined && { timeZone }),
    ...(term && { calendar: { terms: term } }),
    ...(retention && { retention }),
    ...(options.budget !== undefined && { monthlyBudgetUsd: options.budget }),
  };
}

function parseIssuer(text: string): IssuerChoice {
  const [id = "", url] = text.split(/=(.*)/s);
  return url === undefined ? { id } : { id, url };
}

function parseQuota(text: string): NonNullable<Tenant["quota"]> {
  const [cpu, memoryGib, pods, ...more] = text.split(",").map(Number);
  if (more.length > 0 || [cpu, memoryGib, pods].some((part) => part === undefined || !Number.isFinite(part))) {
    throw new InvalidArgumentError("give three numbers: cores, GiB of memory, pods.");
  }
  return { cpu: cpu ?? 0, memoryGib: memoryGib ?? 0, pods: pods ?? 0 };
}

function parseTerm(text: string, earlier: Term[] = []): Term[] {
  const [, name, from, to] = /^([^=]+)=([^.]+)\.\.(.+)$/.exec(text) ?? [];
  if (name === undefined || from === undefined || to === undefined) {
    throw new InvalidArgumentError("give a name and two dates, as 'Term 1=2027-01-28..2027-04-09'.");
  }
  return [...earlier, { name, from, to }];
}
