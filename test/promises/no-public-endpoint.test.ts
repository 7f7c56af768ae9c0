import { describe, expect, it } from "@jest/globals";
import { publicEndpoints } from "../../lib/checks/safety/public-endpoints.ts";
import { loadBalancerGroupDescription } from "../../lib/naming.ts";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";
import { expecting } from "../support/expecting.ts";

describe("nothing is open to the internet but the declared edge", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseUnsafe(synthesise(deployment).assembly));

    it(`leaves the default security group of ${name} unused`, () => {
      for (const { stack, id, resource } of synthesise(deployment).resources()) {
        expecting(`${stack}/${id}`, JSON.stringify(resource)).not.toContain("DefaultSecurityGroup");
      }
    });
  }

  it("notices each way to be open", () => {
    expect(publicEndpoints({ Type: "AWS::RDS::DBInstance", Properties: { PubliclyAccessible: true } })).toHaveLength(1);
    expect(publicEndpoints({ Type: "AWS::EKS::Cluster", Properties: { ResourcesVpcConfig: {} } })).toHaveLength(1);
    const anyone = { SecurityGroupIngress: [{ CidrIp: "0.0.0.0/0" }] };
    expect(publicEndpoints({ Type: "AWS::EC2::SecurityGroup", Properties: anyone })).toHaveLength(1);
    expect(publicEndpoints({ Type: "AWS::EC2::SecurityGroupIngress", Properties: { CidrIpv6: "::/0" } })).toHaveLength(
      1,
    );
    expect(publicEndpoints({ Type: "AWS::Lambda::Url", Properties: {} })).toHaveLength(1);
    expect(publicEndpoints({ Type: "AWS::S3::Bucket", Properties: {} })).toHaveLength(1);
  });

  it("lets the load balancer alone be open, on its two ports", () => {
    const group = (port: number, description = loadBalancerGroupDescription) => ({
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: description,
        SecurityGroupIngress: [{ CidrIp: "0.0.0.0/0", FromPort: port, ToPort: port }],
      },
    });
    expect(publicEndpoints(group(443))).toStrictEqual([]);
    expect(publicEndpoints(group(5432))).toHaveLength(1);
    expect(publicEndpoints(group(443, "Who may connect to homeroom_metadata"))).toHaveLength(1);
  });
});
