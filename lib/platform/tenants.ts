import type * as sns from "aws-cdk-lib/aws-sns";
import type { AliasRecordsProps } from "../blocks/alias-records.ts";
import { productDatabase } from "../blocks/rotated-database.ts";
import { hostsIn } from "../config/schema/edge.ts";
import type { Tenant } from "../config/schema/tenant.ts";
import { countsCosts } from "../cost/cost-region.ts";
import type { EdgeStack } from "../edge/edge-stack.ts";
import { type TenantDatabase, TenantStack } from "../tenant/tenant-stack.ts";
import { tenantGroups, TenantsStack } from "../tenant/tenants-stack.ts";
import { databaseOf, tenantInstance } from "../workload/instance.ts";
import { type RegionContext, tagTenant } from "./region-context.ts";

/** A tenant's stack with the login of the shared Superset in the tenant's database. */
export interface TenantLogin {
  readonly stack: TenantStack;
  /** The key that encrypts the login. */
  readonly keyArn: string;
}

interface TenantsProps {
  /** The load balancer that the tenants' host names lead to. */
  readonly loadBalancer: EdgeStack["alias"];
  readonly alarmTopic: sns.ITopic;
}

/** Adds the stacks of tenants beside the Superset that serves them, and returns the logins in their databases. */
export function addTenants(context: RegionContext, props: TenantsProps): TenantLogin[] {
  addSharingTenants(context, props);
  return context.deployment.tenants
    .filter(({ isolation }) => isolation !== "shared")
    .map((tenant) => addTenant(context, tenant, props))
    .flatMap((stack) => (stack.key === undefined ? [] : [{ stack, keyArn: stack.key.keyArn }]));
}

function addSharingTenants(context: RegionContext, { loadBalancer }: TenantsProps): void {
  const { app, deployment, naming, stateless } = context;
  const groups = tenantGroups(deployment.tenants.filter(({ isolation }) => isolation === "shared"));
  let first: TenantsStack | undefined;
  for (const [name, tenants] of groups) {
    const stack = new TenantsStack(app, naming.stack(name), {
      ...stateless("tenants that share"),
      naming,
      tenants,
      issuers: deployment.identity.issuers,
      records: recordsOf(
        context,
        tenants.flatMap(({ hostnames }) => hostnames),
        loadBalancer,
      ),
    });
    if (first !== undefined) {
      stack.addStackDependency(first, "A tenant's names are given up there before they are taken");
    }
    first ??= stack;
  }
}

function addTenant(context: RegionContext, tenant: Tenant, { loadBalancer, alarmTopic }: TenantsProps): TenantStack {
  const { app, deployment, region, naming, stateless, stateful } = context;
  const instance = tenant.isolation === "instance" ? tenantInstance(context, tenant).hosts : undefined;
  const hosts = instance === undefined ? tenant.hostnames : [...instance.embed, instance.studio, instance.tokens];
  const basics = instance === undefined ? stateful : stateless;
  const stack = new TenantStack(app, naming.stack(`tenant-${tenant.id}`), {
    ...basics(`tenant ${tenant.id}`),
    naming,
    tenant,
    records: recordsOf(context, hosts, loadBalancer),
    alarmEmail: deployment.observability.alarmEmail,
    countsCosts: countsCosts(deployment, region),
    ...(tenant.isolation === "database" && tenant.database !== undefined
      ? { database: tenantDatabase(context, tenant.database, alarmTopic) }
      : {}),
  });
  tagTenant([stack], naming.forTenant(tenant.id));
  return stack;
}

function recordsOf(
  { region, deployment: { edge, regions } }: RegionContext,
  hosts: readonly string[],
  target: AliasRecordsProps["target"],
): AliasRecordsProps {
  return { hostedZoneId: edge.hostedZoneId, hosts: hostsIn(region, regions, edge, hosts), target };
}

function tenantDatabase(
  { deployment, databases, vpc, cluster }: RegionContext,
  id: string,
  alarmTopic: sns.ITopic,
): TenantDatabase {
  const analytics = databaseOf(databases, id);
  const database = productDatabase(analytics);
  const { logDays } = deployment.cluster;
  const everyDays = deployment.identity.databaseUsers.rotateEveryDays;
  return {
    analytics,
    vpc,
    podsSecurityGroupId: cluster.clusterSecurityGroupId,
    rotation: database === undefined ? undefined : { database, everyDays, logDays, alarmTopic },
  };
}
