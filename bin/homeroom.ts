import { join, relative } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { ExpectedError } from "../contract/index.ts";
import { configurationFile, readDeployment } from "../lib/config/load.ts";
import { switchedOff } from "../lib/config/switched-off.ts";
import { addPlatform } from "../lib/platform.ts";
import { policyPacks } from "../lib/checks/findings/policy-packs.ts";
import { refuseForeign } from "../lib/checks/residency/residency.ts";
import { refuseUnsafe } from "../lib/checks/safety/safety.ts";

async function synthesise(): Promise<void> {
  const app = new App();
  Validations.of(app).addPlugins(...policyPacks(app));
  const environment: unknown = app.node.tryGetContext("environment") ?? "dev";
  const file = configurationFile(join(import.meta.dirname, "../config"), String(environment));
  const deployment = await readDeployment(relative(process.cwd(), file));
  for (const line of switchedOff(deployment)) console.error(line);
  addPlatform(app, deployment);
  const assembly = app.synth();
  refuseForeign(assembly, deployment);
  refuseUnsafe(assembly);
}

await synthesise().catch((error: unknown) => {
  if (!(error instanceof ExpectedError)) throw error;
  console.error(error.message);
  process.exitCode = 1;
});
