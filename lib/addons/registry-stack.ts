import { RemovalPolicy, Stack, type StackProps } from "aws-cdk-lib";
import * as ecr from "aws-cdk-lib/aws-ecr";
import * as kms from "aws-cdk-lib/aws-kms";
import type { Construct } from "constructs";
import { addons, chartName, chartRepository, imageRepository } from "../../contract/index.ts";
import type { Workload } from "../config/schema/workload.ts";

export interface RegistryStackProps extends StackProps {
  readonly images: Workload["images"];
}

/**
 * The registry that every chart and image of the cluster comes from. It is the first stack: `homeroom images mirror`
 * fills it before the others exist.
 */
export class RegistryStack extends Stack {
  constructor(scope: Construct, id: string, props: RegistryStackProps) {
    super(scope, id, props);
    const key = new kms.Key(this, "Key", {
      enableKeyRotation: true,
      removalPolicy: RemovalPolicy.RETAIN,
      description: "Container images and Helm charts",
    });
    const supersetImages = Object.values(props.images).map(({ repository }) => repository);
    const mirrored = addons.releases.flatMap(({ chart, images }) => [
      chartRepository(chartName(chart.source)),
      ...Object.keys(images).map(imageRepository),
    ]);
    for (const name of new Set([...supersetImages, ...mirrored])) {
      new ecr.Repository(this, `Repository-${name}`, {
        repositoryName: name,
        encryption: ecr.RepositoryEncryption.KMS,
        encryptionKey: key,
        imageScanOnPush: true,
        // A version once pushed stays what it is; pods name digests, Helm names versions.
        imageTagMutability: ecr.TagMutability.IMMUTABLE,
        lifecycleRules: [{ description: "Keeps what a rollback may need", maxImageCount: 30 }],
        removalPolicy: RemovalPolicy.RETAIN,
      });
    }
  }
}
