/** The versions that the stacks deploy; npm and Python pins live in their own lock files. */
export const versions = {
  superset: "6.1.0",
  postgres: { full: "17.9", major: "17" },
  redis: {
    redis: { engineVersion: "7.1", parameterGroupFamily: "redis7" },
    valkey: { engineVersion: "8.0", parameterGroupFamily: "valkey8" },
  },
  kubernetes: ["1.35", "1.36"],
} as const;
