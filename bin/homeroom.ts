import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from "cdk-nag";
import { loadDeployment } from "../config/index.ts";
import { switchedOff } from "../lib/config/switched-off.ts";
import { addPlatform } from "../lib/platform.ts";
import { refuseForeign } from "../lib/residency/residency.ts";

const app = new App();
Validations.of(app).addPlugins(new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new NIST80053R5Checks(app));
const environment: unknown = app.node.tryGetContext("environment") ?? "dev";
const deployment = loadDeployment(String(environment));
for (const line of switchedOff(deployment)) console.error(line);
addPlatform(app, deployment);
refuseForeign(app.synth(), deployment);
