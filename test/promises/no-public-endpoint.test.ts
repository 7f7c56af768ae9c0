import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { publicEndpoints } from "../../lib/checks/safety/public-endpoints.ts";
import { loadBalancerGroupDescription } from "../../lib/naming.ts";
import { refuseUnsafe } from "../../lib/checks/safety/safety.ts";
import { environments, synthesise } from "../lib/synthesis.ts";
import { whole } from "../lib/whole.ts";

describe("nothing is open to the internet but the declared edge", () => {
  for (const [name, deployment] of Object.entries({ ...environments, whole })) {
    it(`holds for ${name}`, () => refuseUnsafe(synthesise(deployment).assembly));

    it(`leaves the default security group of ${name} unused`, () => {
      for (const { stack, id, resource } of synthesise(deployment).resources()) {
        assert.ok(!JSON.stringify(resource).includes("DefaultSecurityGroup"), `${stack}/${id}`);
      }
    });
  }

  it("notices each way to be open", () => {
    assert.equal(publicEndpoints({ Type: "AWS::RDS::DBInstance", Properties: { PubliclyAccessible: true } }).length, 1);
    assert.equal(publicEndpoints({ Type: "AWS::EKS::Cluster", Properties: { ResourcesVpcConfig: {} } }).length, 1);
    const anyone = { SecurityGroupIngress: [{ CidrIp: "0.0.0.0/0" }] };
    assert.equal(publicEndpoints({ Type: "AWS::EC2::SecurityGroup", Properties: anyone }).length, 1);
    assert.equal(
      publicEndpoints({ Type: "AWS::EC2::SecurityGroupIngress", Properties: { CidrIpv6: "::/0" } }).length,
      1,
    );
    assert.equal(publicEndpoints({ Type: "AWS::Lambda::Url", Properties: {} }).length, 1);
    assert.equal(publicEndpoints({ Type: "AWS::S3::Bucket", Properties: {} }).length, 1);
  });

  it("lets the load balancer alone be open, on its two ports", () => {
    const group = (port: number, description = loadBalancerGroupDescription) => ({
      Type: "AWS::EC2::SecurityGroup",
      Properties: {
        GroupDescription: description,
        SecurityGroupIngress: [{ CidrIp: "0.0.0.0/0", FromPort: port, ToPort: port }],
      },
    });
    assert.deepEqual(publicEndpoints(group(443)), []);
    assert.equal(publicEndpoints(group(5432)).length, 1);
    assert.equal(publicEndpoints(group(443, "Who may connect to homeroom_metadata")).length, 1);
  });
});
