import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as logs from "aws-cdk-lib/aws-logs";
import type { Construct } from "constructs";
import { LogKey } from "../blocks/log-key.ts";
import type { Naming } from "../naming.ts";

export interface ControlPlaneLogStackProps extends StackProps {
  readonly naming: Naming;
  readonly logDays: number;
}

/** EKS would make this group itself, in clear and for ever. Who did what in a cluster outlives the cluster, so it has a stack of its own. */
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
