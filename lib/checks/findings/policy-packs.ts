import type { App } from "aws-cdk-lib";
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks } from "cdk-nag";

/** Rule packs that stop a synthesis at any finding that is not acknowledged with a reason. */
export function policyPacks(app: App): [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks] {
  return [new AwsSolutionsChecks(app), new HIPAASecurityChecks(app), new NIST80053R5Checks(app)];
}
