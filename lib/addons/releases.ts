import { Duration } from "aws-cdk-lib";
import * as eks from "aws-cdk-lib/aws-eks-v2";
import { Construct } from "constructs";
import type { AddonRelease } from "../../charts/addons/helm/releases.ts";

export interface ReleasesProps {
  readonly cluster: eks.ICluster;
  readonly releases: readonly AddonRelease[];
}

/**
 * Helm releases that are installed one after the other: each may need the definitions and webhooks of those before
 * it.
 */
export class Releases extends Construct {
  readonly #charts = new Map<string, eks.HelmChart>();

  constructor(scope: Construct, id: string, props: ReleasesProps) {
    super(scope, id);
    let previous: eks.HelmChart | undefined;
    for (const { name, namespace, repository, version, values } of props.releases) {
      const chart = new eks.HelmChart(this, name, {
        cluster: props.cluster,
        chart: repository.slice(repository.lastIndexOf("/") + 1),
        repository: `oci://${repository}`,
        version,
        release: name,
        namespace,
        createNamespace: false,
        values,
        wait: true,
        timeout: Duration.minutes(14),
      });
      if (previous !== undefined) chart.node.addDependency(previous);
      this.#charts.set(name, chart);
      previous = chart;
    }
  }

  /** Makes `dependent` wait until the release runs. */
  before(dependent: Construct, name: string): void {
    const chart = this.#charts.get(name);
    if (chart === undefined) throw new Error(`no release ${name}: allowed are ${[...this.#charts.keys()].join(", ")}`);
    dependent.node.addDependency(chart);
  }

  /** Makes the release wait until `first` exists. */
  after(first: Construct, name: string): void {
    this.#charts.get(name)?.node.addDependency(first);
  }
}
