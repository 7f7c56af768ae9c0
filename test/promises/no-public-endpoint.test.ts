import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { environments, type Resource, synthesise } from "../lib/synthesis.ts";

/** What of a resource the internet could reach; the load balancer of the ingress is made by Kubernetes, not here. */
function open({ Type, Properties = {} }: Resource): string[] {
  const text = JSON.stringify(Properties);
  const found: string[] = [];
  if (Type === "AWS::RDS::DBInstance" && Properties["PubliclyAccessible"] !== false) found.push("publicly accessible");
  if (Type === "AWS::EKS::Cluster" && !text.includes('"EndpointPublicAccess":false')) found.push("public endpoint");
  if (Type === "AWS::EC2::Subnet" && Properties["MapPublicIpOnLaunch"] === true)
    found.push("gives out public addresses");
  if (Type === "AWS::EC2::SecurityGroup" && fromAnywhere(Properties["SecurityGroupIngress"]))
    found.push("open to anyone");
  if (Type === "AWS::EC2::SecurityGroupIngress" && fromAnywhere(Properties)) found.push("open to anyone");
  if (["AWS::Lambda::Url", "AWS::ApiGateway::RestApi", "AWS::ApiGatewayV2::Api"].includes(Type))
    found.push("an endpoint");
  if (Type.endsWith("Policy") && /"Effect":"Allow"[^}]*"Principal":(?:"\*"|\{"AWS":"\*"\})/.test(text))
    found.push("open to anyone");
  return found;
}

function fromAnywhere(rules: unknown): boolean {
  return /"CidrIp(?:v6)?":"(?:0\.0\.0\.0\/0|::\/0)"/.test(JSON.stringify(rules ?? []));
}

describe("nothing is open to the internet but the declared edge", () => {
  for (const [name, deployment] of Object.entries(environments)) {
    it(`holds for ${name}`, () => {
      const found = synthesise(deployment)
        .resources()
        .flatMap(({ stack, id, resource }) => open(resource).map((fault) => `${stack}/${id}: ${fault}`));
      assert.deepEqual(found, []);
    });

    it(`leaves the default security group of ${name} unused`, () => {
      for (const { stack, id, resource } of synthesise(deployment).resources()) {
        assert.ok(!JSON.stringify(resource).includes("DefaultSecurityGroup"), `${stack}/${id}`);
      }
    });
  }

  it("notices each way to be open", () => {
    assert.equal(open({ Type: "AWS::RDS::DBInstance", Properties: { PubliclyAccessible: true } }).length, 1);
    assert.equal(open({ Type: "AWS::EKS::Cluster", Properties: { ResourcesVpcConfig: {} } }).length, 1);
    const anyone = { SecurityGroupIngress: [{ CidrIp: "0.0.0.0/0" }] };
    assert.equal(open({ Type: "AWS::EC2::SecurityGroup", Properties: anyone }).length, 1);
    assert.equal(open({ Type: "AWS::EC2::SecurityGroupIngress", Properties: { CidrIpv6: "::/0" } }).length, 1);
    assert.equal(open({ Type: "AWS::Lambda::Url", Properties: {} }).length, 1);
  });
});
