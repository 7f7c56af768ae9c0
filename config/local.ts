/** The platform that `npm start` runs on one machine. Its ports move together with `--port-offset`. */
export const local = {
  address: "127.0.0.1",
  ports: {
    http: 8080,
    https: 8443,
    web: 8088,
    tokens: 8090,
    portal: 8091,
    collector: 8092,
    witness: 8093,
    postgres: 5433,
    cacheRedis: 6380,
    brokerRedis: 6381,
  },
  domain: "homeroom.localhost",
  studioHost: "studio.homeroom.localhost",
  portalHost: "school.localhost",
  issuers: [
    { tenant: "north", issuer: "https://north.school.localhost" },
    { tenant: "south", issuer: "https://south.school.localhost" },
    // The others share one database; this one has its own.
    { tenant: "east", issuer: "https://east.school.localhost", database: "homeroom_east" },
  ],
  memory: { cacheRedis: "256mb", brokerRedis: "128mb", postgresShared: "192MB" },
  logs: { maxBytes: 5_242_880, keep: 3 },
  celeryProcesses: 1,
  freeBytes: { firstStart: 4_000_000_000, laterStart: 500_000_000 },
};
