import prod from "../../config/prod.ts";
import type { DeploymentInput } from "../../lib/config/schema/deployment.ts";

const issuer = (id: string) => ({ id, url: `https://${id}.school.example`, tenants: [id] });

/**
 * A deployment with what config/ does not show: instances with and without a database, PrivateLink, hosts of tenants,
 * Valkey.
 */
export const whole: DeploymentInput = {
  ...prod,
  data: { ...prod.data, cache: { ...prod.data.cache, engine: "valkey" } },
  analyticsDatabases: [
    ...prod.analyticsDatabases,
    {
      id: "west",
      region: "ap-southeast-2",
      name: "homeroom_schools",
      host: "west.prod.internal",
      cidrs: ["10.30.0.0/16"],
      access: {
        mode: "private-link",
        serviceName: "com.amazonaws.vpce.ap-southeast-2.vpce-svc-0123456789abcdef0",
      },
    },
  ],
  identity: { ...prod.identity, issuers: [...prod.identity.issuers, issuer("west"), issuer("east")] },
  tenants: [
    {
      id: "north",
      isolation: "shared",
      hostProducts: ["https://north.school.example"],
      hostnames: ["north.homeroom.example"],
    },
    ...prod.tenants.slice(1),
    {
      id: "west",
      isolation: "instance",
      database: "west",
      hostnames: ["west.homeroom.example"],
      hostProducts: ["https://west.school.example"],
      quota: { cpu: 24, memoryGib: 96, pods: 60 },
      monthlyBudgetUsd: 2500,
    },
    { id: "east", isolation: "instance", hostProducts: ["https://east.school.example"] },
  ],
};
