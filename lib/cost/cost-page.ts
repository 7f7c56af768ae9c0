import type { Deployment } from "../config/schema/deployment.ts";
import { fixedCost, type Line, tenantCost, total } from "./estimate.ts";
import { allPrices, assumed, date, raise, region, type Found } from "./price.ts";

const basis: Readonly<Record<Found, string>> = {
  "ap-southeast-2": "read for this region",
  "every-region": "the same in every region",
  "us-east-1": `us-east-1 × ${raise.factor}`,
  unverified: "unverified",
};

/** Prints the estimate of one environment in lines of text. */
export function costLines(deployment: Deployment): string[] {
  const fixed = fixedCost(deployment);
  const widest = Math.max(...fixed.map(({ what }) => what.length));
  const line = ({ what, units, usd, found }: Line): string =>
    `${what.padEnd(widest)}  ${units.padStart(12)}  ${money(usd).padStart(9)}  ${basis[found]}`;
  const regions = deployment.regions.length;
  return [
    `${deployment.environment}: USD a month in ${region}, prices of ${date}, before any traffic`,
    ...fixed.map(line),
    `${"one region".padEnd(widest)}  ${"".padStart(12)}  ${money(total(fixed)).padStart(9)}`,
    ...deployment.tenants.flatMap((tenant) => [
      `tenant ${tenant.id} (${tenant.isolation}) adds ${money(total(tenantCost(tenant, deployment)))} in each region`,
    ]),
    `in all, ${regions} region${regions === 1 ? "" : "s"}: ${money(inAll(deployment))}`,
    `An estimate: ${share(fixed)} of it rests on prices that were not read for this region. See docs/cost.md.`,
  ];
}

/** Prints docs/cost.md: what each environment costs, on what each price rests, and what is not counted. */
export function costPage(environments: readonly Deployment[]): string {
  const prices = [...allPrices()].map(
    ([name, { usd, found, source }]) => `| ${name} | ${usd} | ${basis[found]} | ${source} |`,
  );
  const assumptions = Object.entries(assumed).map(([name, value]) => `- ${name} ${value}`);
  return `# What it costs

An estimate of each environment's month, before traffic.
\`npx homeroom cost --page\` writes this page from \`lib/cost/prices.json\` (${date}, ${region}, USD)
and the configurations; a test keeps it current.

AWS has no price list that can be read offline, so each price names where it was read.
One that was found for us-east-1 alone is raised by ${raise.factor}:
${raise.source}.
One that was not found is marked unverified.
Compare with the AWS Pricing Calculator before a budget rests on it.

Contents:
${[...environments.map(({ environment }) => environment), "Not counted", "Assumed", "Prices"].map(entry).join("\n")}

${environments.map(environmentSection).join("\n")}
## Not counted

- Data transfer, requests, queries, S3 storage of Loki and of the archive, the copies in the zone's second region,
  Performance Insights beyond the free part, DNS firewall queries, support, tax and discounts.
- Pods above the smallest number; pods ask for what \`contract/pods.json\` says.
- PrivateLink to a database of a tenant.

## Assumed

${assumptions.join("\n")}

## Prices

| name | USD | basis | source |
|---|---|---|---|
${prices.join("\n")}
`;
}

const entry = (title: string): string => `- [${title}](#${title.toLowerCase().replaceAll(" ", "-")})`;

function environmentSection(deployment: Deployment): string {
  const fixed = fixedCost(deployment);
  const rows = fixed.map(({ what, units, usd, found }) => `| ${what} | ${units} | ${money(usd)} | ${basis[found]} |`);
  const tenants = (["shared", "database", "instance"] as const).map(
    (isolation) =>
      `| a tenant with isolation ${isolation} adds | | ${money(total(tenantCost({ isolation }, deployment)))} | |`,
  );
  const instanceCost = tenantCost({ isolation: "instance" }, deployment).map(
    ({ what, units, usd, found }) => `| ${what} | ${units} | ${money(usd)} | ${basis[found]} |`,
  );
  return `## ${deployment.environment}

| what | units | USD a month | basis |
|---|---|---|---|
${rows.join("\n")}
| **one region** | | **${money(total(fixed))}** | |
${tenants.join("\n")}

Of which an instance, each in a region:

| what | units | USD a month | basis |
|---|---|---|---|
${instanceCost.join("\n")}
`;
}

function inAll(deployment: Deployment): number {
  const { regions, tenants } = deployment;
  const tenantsCost = tenants.reduce((sum, tenant) => sum + total(tenantCost(tenant, deployment)), 0);
  return regions.length * (total(fixedCost(deployment)) + tenantsCost);
}

function share(lines: readonly Line[]): string {
  const guessed = lines.filter(({ found }) => found === "us-east-1" || found === "unverified");
  return `${Math.round((100 * total(guessed)) / total(lines))} %`;
}

const money = (usd: number): string => usd.toFixed(2);
