import { CfnDeletionPolicy, CfnResource, type IAspect } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * What is retained is retained from its successful creation on. A creation that is rolled back takes it away:
 * it holds nothing yet, and what stays behind would have the name that the repeated deploy needs.
 */
export class KeptOnceMade implements IAspect {
  visit(node: IConstruct): void {
    if (node instanceof CfnResource && node.cfnOptions.deletionPolicy === CfnDeletionPolicy.RETAIN)
      node.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  }
}
