import platform from "./platform.json" with { type: "json" };

const { revokedHash, revokedFloor, assertionPrefix, ratePrefix } = platform.trustStore;

const keys = [revokedHash, revokedFloor, `${assertionPrefix}*`, `${ratePrefix}*`];
/** The commands that runtime/adapters/redis sends, and those that its scripts call. */
const commands = [
  ...["ping", "select", "get", "set", "expire", "time", "eval"],
  ...["hget", "hset", "hdel", "hlen", "hexists", "hmget", "hgetall"],
];

/** The token service's user in the broker's Redis: the trust store and no queue (ADR 16). */
export const tokenServiceUser = {
  name: "tokens",
  /** Under the token service's secrets, and in the name of the secret. */
  passwordFile: "tokens-redis-password",
  /** Keys and commands: https://redis.io/docs/latest/operate/oss_and_stack/management/security/acl/ */
  rules: [...keys.map((key) => `~${key}`), "-@all", ...commands.map((command) => `+${command}`)].join(" "),
} as const;
