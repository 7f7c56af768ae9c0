import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ExpectedError } from "../../../contract/index.ts";

const schema = z.looseObject({
  username: z.string().min(1),
  password: z.string().min(16),
  dbname: z.string().exactOptional(),
});

/** The content of a database user's secret. Members that AWS adds (engine, host, port) are kept unchanged. */
export type LoginSecret = z.output<typeof schema>;

export class LoginSecretError extends ExpectedError {}

export function parseLoginSecret(text: string, source: string): LoginSecret {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new LoginSecretError(`${source}: is not JSON; it must hold "username" and "password"`);
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const problems = parsed.error.issues.map((issue) => `${issue.path.join(".") || "(top)"}: ${issue.message}`);
  throw new LoginSecretError(`${source}: ${problems.join("; ")}`);
}

/** Returns a random password of 256 bits in letters, digits, `-` and `_`, which no client needs to quote. */
export const newPassword = (): string => randomBytes(32).toString("base64url");
