import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

/** Accepts findings of the rule packs on one construct, for a reason that an auditor reads in the report. */
export function acknowledge(construct: IConstruct, reason: string, ids: readonly string[]): void {
  for (const id of ids) Validations.of(construct).acknowledge({ id, reason });
}
