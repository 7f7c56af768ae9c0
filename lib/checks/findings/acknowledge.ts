import { Validations } from "aws-cdk-lib";
import type { IConstruct } from "constructs";

export interface Acknowledgement {
  /** The reason, written for an auditor; it is printed in validation-report.json. */
  readonly reason: string;
  /** Rules of AwsSolutions, without the pack's prefix: "RDS11". */
  readonly solutions?: readonly string[];
  /** Rules that HIPAA and NIST 800-53 r5 share, without the pack's prefix: "RDSInBackupPlan". */
  readonly controls?: readonly string[];
}

/** Accepts findings on one construct. The full ids keep them visible in the report; the short ones would hide them. */
export function acknowledge(construct: IConstruct, { reason, solutions = [], controls = [] }: Acknowledgement): void {
  const ids = [
    ...solutions.map((rule) => `AwsSolutions::AwsSolutions-${rule}`),
    ...controls.flatMap((rule) => [`HIPAA.Security::HIPAA.Security-${rule}`, `NIST.800.53.R5::NIST.800.53.R5-${rule}`]),
  ];
  for (const id of ids) Validations.of(construct).acknowledge({ id, reason });
}

/** The id that AwsSolutions gives to one AWS managed policy. */
export function managedPolicy(name: string): string {
  return `IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/${name}]`;
}

export const inlinePolicy: Acknowledgement = {
  reason: "The policy belongs to this one role and is deleted with it; a managed policy could be attached elsewhere",
  controls: ["IAMNoInlinePolicy"],
};
