/** The versions that the stacks deploy. Lock files pin npm and Python packages; superset/requirements.in pins Superset. */
export const versions = {
  postgres: { full: "17.9", major: "17" },
  redis: {
    redis: { engineVersion: "7.1", parameterGroupFamily: "redis7" },
    valkey: { engineVersion: "8.0", parameterGroupFamily: "valkey8" },
  },
  kubernetes: ["1.35", "1.36"],
} as const;
