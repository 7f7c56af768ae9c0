/** Versions of what the stacks deploy; npm and Python pins live in their own lock files. */
export const versions = {
  superset: "6.1.0",
  postgres: { full: "17.9", major: "17" },
  redis: { engine: "redis", engineVersion: "7.1", parameterGroupFamily: "redis7" },
  kubernetes: ["1.35", "1.36"],
} as const;
