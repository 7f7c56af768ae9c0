import { type Alarms, metric } from "../blocks/alarms.ts";

export interface EdgeToWatch {
  /** The names in CloudWatch's dimensions: "net/name/id" and "targetgroup/name/id". */
  readonly loadBalancer: string;
  readonly targetGroup: string;
}

export function watchEdge(alarms: Alarms, edge: EdgeToWatch): void {
  const of = (name: string, statistic: "Maximum" | "Minimum") =>
    metric({
      namespace: "AWS/NetworkELB",
      name,
      dimensions: { LoadBalancer: edge.loadBalancer, TargetGroup: edge.targetGroup },
      statistic,
    });
  alarms.add({
    name: "edge-without-nginx",
    metric: of("HealthyHostCount", "Minimum"),
    below: 1,
    forMinutes: 5,
    meaning: "The load balancer reaches no nginx: nobody can open anything.",
    whenSilent: "alarm",
  });
  alarms.add({
    name: "edge-nginx-unhealthy",
    metric: of("UnHealthyHostCount", "Maximum"),
    above: 0,
    forMinutes: 15,
    meaning: "An nginx does not answer the load balancer.",
    whenSilent: "fine",
  });
}
