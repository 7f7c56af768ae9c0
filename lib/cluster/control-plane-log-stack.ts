import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { LogKey } from "../blocks/log-key.ts";
import type { Naming } from "../naming.ts";

export interface ControlPlaneLogStackProps extends StackProps {
  readonly naming: Naming;
  readonly logDays: number;
}

/**
 * The log group of the control plane. EKS would make it unencrypted and without an end. The record of who did what in
 * a cluster outlives the cluster, so it has a stack of its own.
 */
export class ControlPlaneLogStack extends Stack {
  constructor(scope: Construct, id: string, { naming, logDays, ...props }: ControlPlaneLogStackProps) {
    super(scope, id, props);
    const logGroupName = naming.controlPlaneLog;
    new logs.LogGroup(this, "ControlPlane", {
      logGroupName,
      retention: logDays,
      encryptionKey: new LogKey(this, "Key", { logGroupName }),
      removalPolicy: RemovalPolicy.RETAIN,
    });
  }
}
