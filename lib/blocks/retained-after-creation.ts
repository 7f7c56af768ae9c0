import { CfnDeletionPolicy, CfnResource, type IAspect } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/**
 * Retains stateful resources from their successful creation on. A creation that is rolled back deletes the resource:
 * it holds nothing yet, and a leftover would have the name that the repeated deployment needs.
 */
export class RetainedAfterCreation implements IAspect {
  visit(node: IConstruct): void {
    if (node instanceof CfnResource && node.cfnOptions.deletionPolicy === CfnDeletionPolicy.RETAIN)
      node.cfnOptions.deletionPolicy = CfnDeletionPolicy.RETAIN_EXCEPT_ON_CREATE;
  }
}
