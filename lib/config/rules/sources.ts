import { type AnalyticsDatabase, sharedDatabaseId } from "../schema/analytics-database.ts";
import type { Deployment } from "../schema/deployment.ts";
import { isOn } from "../schema/protection.ts";
import type { Contradiction } from "./contradiction.ts";

/** Analytics databases: one for those that share in each region, and a second lock wherever the engine has one. */
export function sources({ regions, analyticsDatabases, tenants }: Deployment): Contradiction[] {
  const read = new Set([sharedDatabaseId, ...tenants.flatMap(({ database }) => database ?? [])]);
  return [
    ...regions
      .filter(({ name }) => !analyticsDatabases.some(({ region, id }) => region === name && id === sharedDatabaseId))
      .map(({ name }) => ({
        path: ["analyticsDatabases"],
        value: analyticsDatabases.map(({ id, region }) => `${id} in ${region}`),
        rule: `an entry "${sharedDatabaseId}" in ${name}, or Superset has nothing to read there`,
      })),
    ...analyticsDatabases.flatMap(({ id, region, host, port, name, engine, rowSecurity }, index): Contradiction[] => {
      const at = (member: string): (string | number)[] => ["analyticsDatabases", index, member];
      const first = analyticsDatabases.findIndex((other) => other.id === id && other.region === region);
      if (first !== index) return [{ path: at("id"), value: id, rule: `an id that no other entry in ${region} has` }];
      if (!regions.some(({ name }) => name === region)) {
        return [
          {
            path: at("region"),
            value: region,
            rule: `one of regions: ${regions.map(({ name }) => name).join(", ")}`,
          },
        ];
      }
      const twin = analyticsDatabases
        .slice(0, index)
        .find((other) => place(other) === place({ region, host, port, name }))?.id;
      if (twin !== undefined) {
        return [
          {
            path: at("host"),
            value: host,
            rule: `a place other than that of "${twin}", or two ids are one database`,
          },
        ];
      }
      const shared = analyticsDatabases.find((other) => other.id === sharedDatabaseId && other.region === region);
      const guests = tenants.some(({ isolation, database }) => isolation === "database" && database === id);
      if (guests && shared !== undefined && port !== shared.port) {
        const rule = `${shared.port}, the port of "${sharedDatabaseId}": the network policy of the shared pods opens one`;
        return [{ path: at("port"), value: port, rule }];
      }
      if (engine === "postgresql") {
        return isOn(rowSecurity)
          ? []
          : [
              {
                path: at("rowSecurity"),
                value: rowSecurity,
                rule: "true: PostgreSQL has row security, and nothing switches it off",
              },
            ];
      }
      if (read.has(id)) {
        return [
          {
            path: at("engine"),
            value: engine,
            rule: '"postgresql" for what tenants read; others may be attached beside it',
          },
        ];
      }
      return isOn(rowSecurity)
        ? [
            {
              path: at("rowSecurity"),
              value: rowSecurity,
              rule: `{ off: true, because: … }: ${engine} has no row security, so one lock alone holds schools apart`,
            },
          ]
        : [];
    }),
  ];
}

function place({ region, host, port, name }: Pick<AnalyticsDatabase, "region" | "host" | "port" | "name">): string {
  return `${region} ${host.toLowerCase()}:${port}/${name}`;
}
