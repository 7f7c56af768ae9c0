import { randomUUID } from "node:crypto";
import { readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, extname, join } from "node:path";
import { createTwoFilesPatch } from "diff";
import { format, resolveConfig } from "prettier";
import type { DeploymentInput } from "../lib/config/schema/deployment.ts";
import { readDeployment } from "../lib/config/load.ts";
import { ConfigurationError } from "../lib/config/parse.ts";
import { addToSource } from "./configuration-source.ts";
import { UsageError } from "./usage-error.ts";

type TenantInput = DeploymentInput["tenants"][number];

/** The id of an issuer in the configuration file, or the id and URL of a new one. */
export interface IssuerChoice {
  readonly id: string;
  readonly url?: string;
}

/**
 * Adds a tenant to a configuration file and returns the unified diff. The new text is a draft file until every rule has
 * passed, and then replaces the configuration in one step; with `dryRun` it never does.
 */
export async function addTenant(
  file: string,
  tenant: TenantInput,
  issuer: IssuerChoice,
  { dryRun }: { readonly dryRun: boolean },
): Promise<string> {
  if (extname(file) !== ".ts")
    throw new UsageError(`${file}: tenants are added to TypeScript files; edit this one by hand`);
  const current = await readDeployment(file);
  if (issuer.url === undefined && !current.identity.issuers.some(({ id }) => id === issuer.id)) {
    const known = current.identity.issuers.map(({ id }) => id).join(", ");
    throw new UsageError(
      `--issuer ${issuer.id}: no such issuer; give one of ${known}, or a new one as ${issuer.id}=https://…`,
    );
  }
  const issuerAddition =
    issuer.url === undefined
      ? { list: ["identity", "issuers", { id: issuer.id }, "tenants"], value: tenant.id }
      : { list: ["identity", "issuers"], value: { id: issuer.id, url: issuer.url, tenants: [tenant.id] } };
  const before = readFileSync(file, "utf8");
  const added = addToSource(file, before, [issuerAddition, { list: ["tenants"], value: { ...tenant } }]);
  const after = await format(added, { ...(await resolveConfig(file)), parser: "typescript" });
  const draftFile = join(dirname(file), `.${basename(file, ".ts")}.${randomUUID()}.ts`);
  writeFileSync(draftFile, after, { flag: "wx" });
  try {
    await readDeployment(draftFile);
    if (!dryRun) renameSync(draftFile, file);
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    throw new ConfigurationError(explainRefusal(error.message, draftFile, file, tenant.id));
  } finally {
    rmSync(draftFile, { force: true });
  }
  const [, ...diff] = createTwoFilesPatch(file, file, before, after, undefined, undefined, { context: 2 }).split("\n");
  return diff.join("\n").trimEnd();
}

function explainRefusal(message: string, draftFile: string, file: string, id: string): string {
  const problems = message.split("\n").filter((line) => line.startsWith("  - "));
  return [`${file} is unchanged; with tenant ${id} it would be refused:`, ...problems]
    .join("\n")
    .replaceAll(draftFile, file);
}
