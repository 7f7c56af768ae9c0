import { App, Stack } from "aws-cdk-lib";
import type { CloudAssembly } from "aws-cdk-lib/cx-api";

/** A stack with one thing wrong in it, to show that a promise can be broken and is then noticed. */
export function assemblyWith(region: string, add: (stack: Stack) => void): CloudAssembly {
  const app = new App({ builtinCloudFormationValidation: false });
  add(new Stack(app, "Mutation", { env: { account: "111111111111", region } }));
  return app.synth();
}
