import { randomBytes } from "node:crypto";
import { z } from "zod";

const schema = z.looseObject({
  username: z.string().min(1),
  password: z.string().min(16),
  dbname: z.string().exactOptional(),
});

/** What the secret of a database user holds; engine, host and port of AWS pass through untouched. */
export type LoginSecret = z.output<typeof schema>;

export class LoginSecretError extends Error {}

export function parseLoginSecret(text: string, source: string): LoginSecret {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LoginSecretError(`${source}: is not JSON; it must hold "username" and "password"`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const places = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`);
  throw new LoginSecretError(`${source}: ${places.join("; ")}`);
}

/** 256 bits in letters, digits, `-` and `_`: it needs no quoting in any client. */
export const newPassword = (): string => randomBytes(32).toString("base64url");
