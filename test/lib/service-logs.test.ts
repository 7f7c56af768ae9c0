import { describe, expect, it } from "@jest/globals";
import { type CloudFormation, environments, type Resource, synthesise } from "./synthesis.ts";
import { whole } from "./whole.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

const list = (value: Resource["DependsOn"]): readonly string[] =>
  value === undefined ? [] : typeof value === "string" ? [value] : value;

function groupsIn(resources: Readonly<Record<string, Resource>>): Map<unknown, { id: string; resource: Resource }> {
  const groups = Object.entries(resources).filter(([, { Type }]) => Type === "AWS::Logs::LogGroup");
  return new Map(groups.map(([id, resource]) => [resource.Properties?.["LogGroupName"], { id, resource }]));
}

/** Expects an end, a key of the same stack whose policy lets CloudWatch use it for this group, and no deletion. */
function isKept({ Properties = {}, DeletionPolicy }: Resource, days: number, all: CloudFormation["Resources"]): void {
  expect(Properties["RetentionInDays"]).toBe(days);
  const { "Fn::GetAtt": [key = ""] = [] } = Properties["KmsKeyId"] as { "Fn::GetAtt"?: string[] };
  const opens = new RegExp(`EncryptionContext:aws:logs:arn":"[^"]*:log-group:${String(Properties["LogGroupName"])}"`);
  expecting("encrypted with a key of ours", JSON.stringify(all[key]?.Properties?.["KeyPolicy"])).toMatch(opens);
  expect(DeletionPolicy).toBe("RetainExceptOnCreate");
}

for (const [name, deployment] of Object.entries({ ...environments, whole })) {
  describe(`what AWS logs under names of its own in ${name}`, () => {
    const synthesis = synthesise(deployment);
    const { logDays } = deployment.cluster;

    it("has an end and our key: each log of each database, in a group that is there first", () => {
      let databases = 0;
      for (const { name: stack, template } of synthesis.stacks) {
        const groups = groupsIn(template.Resources);
        for (const { Type, Properties = {}, DependsOn } of Object.values(template.Resources)) {
          if (Type !== "AWS::RDS::DBInstance") continue;
          databases++;
          const exported = Properties["EnableCloudwatchLogsExports"] as string[];
          expect(exported).toStrictEqual(["postgresql", "upgrade"]);
          for (const log of exported) {
            const group = groups.get(`/aws/rds/instance/${String(Properties["DBInstanceIdentifier"])}/${log}`);
            present(group, `${stack}: ${log}`);
            isKept(group.resource, logDays, template.Resources);
            expecting(`${stack}: the instance does not wait for ${group.id}`, list(DependsOn)).toContain(group.id);
          }
        }
      }
      expect(databases).toBeGreaterThanOrEqual(2);
    });

    it("has an end and our key: the control plane's, in a stack that outlives the cluster", () => {
      const [cluster] = Object.values(synthesis.json("cluster").Resources).filter(
        ({ Type }) => Type === "AWS::EKS::Cluster",
      );
      const before = synthesis.assembly.stacks.find(({ stackName }) => stackName.endsWith("-control-plane-log"));
      present(before);
      expect(before.terminationProtection).toBe(true);
      const all = synthesis.json("control-plane-log").Resources;
      const group = groupsIn(all).get(`/aws/eks/${String(cluster?.Properties?.["Name"])}/cluster`);
      present(group);
      isKept(group.resource, logDays, all);
      const after = synthesis.assembly.stacks.find(({ stackName }) => stackName.endsWith("-cluster"));
      expecting(
        "EKS would make the group first",
        after?.dependencies.some(({ id }) => id === before.id),
      ).toBe(true);
    });
  });
}
