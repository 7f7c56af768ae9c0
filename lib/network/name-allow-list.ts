import * as route53resolver from "aws-cdk-lib/aws-route53resolver";
import { Construct } from "constructs";

export interface NameAllowListProps {
  readonly vpcId: string;
  readonly domains: readonly string[];
  /**
   * The names that are always resolved: those inside the VPC, AWS endpoints, the product's databases and our own
   * domain.
   */
  readonly internal: readonly string[];
}

/**
 * A DNS firewall by which pods resolve the listed names and no others; it does not stop a connection to a bare
 * address.
 */
export class NameAllowList extends Construct {
  constructor(scope: Construct, id: string, props: NameAllowListProps) {
    super(scope, id);
    const allowed = new route53resolver.CfnFirewallDomainList(this, "Allowed", {
      domains: [...props.internal, ...props.domains],
    });
    const others = new route53resolver.CfnFirewallDomainList(this, "Others", { domains: ["*"] });
    const rules = new route53resolver.CfnFirewallRuleGroup(this, "Rules", {
      firewallRules: [
        {
          action: "ALLOW",
          firewallDomainListId: allowed.attrId,
          // Where a listed name leads is its owner's choice, as with the networks that serve ACME; a list of targets would age.
          firewallDomainRedirectionAction: "TRUST_REDIRECTION_DOMAIN",
          priority: 100,
        },
        { action: "BLOCK", blockResponse: "NXDOMAIN", firewallDomainListId: others.attrId, priority: 200 },
      ],
    });
    new route53resolver.CfnFirewallRuleGroupAssociation(this, "Association", {
      firewallRuleGroupId: rules.attrId,
      vpcId: props.vpcId,
      priority: 101,
      mutationProtection: "DISABLED",
    });
  }
}
