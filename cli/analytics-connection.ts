import { readFileSync } from "node:fs";
import { type Command, Option } from "commander";
import pg from "pg";
import { UsageError } from "./usage-error.ts";

export interface ConnectionOptions {
  readonly url?: string;
  readonly passwordFile?: string;
  readonly tls: "verify-full" | "require" | "disable";
  readonly caFile?: string;
}

export function addConnectionOptions(command: Command): Command {
  return command
    .option("--url <url>", "postgresql://user@host:port/database of an analytics database, without a password")
    .option("--password-file <file>", "file that holds the user's password, or the JSON of a login")
    .addOption(
      new Option("--tls <mode>", "how the connection is encrypted and the server verified")
        .choices(["verify-full", "require", "disable"])
        .default("verify-full"),
    )
    .option("--ca-file <file>", "PEM of the authority that signed the server's certificate");
}

/** Reads a file that an option names. Throws UsageError, which repeats the path and never the content. */
export function readOptionFile(option: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    const code = error instanceof Error && "code" in error ? String(error.code) : String(error);
    throw new UsageError(`${option} ${file} cannot be read (${code})`);
  }
}

export function parseConnection({ url, passwordFile, tls, caFile }: ConnectionOptions): pg.ClientConfig {
  const urlForm = "postgresql://user@host:port/database";
  if (url === undefined) throw new UsageError(`name the database: --url ${urlForm}`);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const database = decodeURIComponent(parsed?.pathname.slice(1) ?? "");
  if (
    parsed === undefined ||
    !/^postgres(ql)?:$/.test(parsed.protocol) ||
    !parsed.hostname ||
    !parsed.username ||
    !database
  ) {
    throw new UsageError(`--url is not of the form ${urlForm}`);
  }
  if (parsed.password !== "") {
    throw new UsageError("--url carries a password, which other users of this machine could read; use --password-file");
  }
  if (parsed.search !== "") throw new UsageError(`--url has parameters; write ${urlForm} and use --tls and --ca-file`);
  const secret = passwordFile === undefined ? undefined : readOptionFile("--password-file", passwordFile).trim();
  if (secret === "") throw new UsageError(`--password-file ${passwordFile ?? ""} is empty`);
  return {
    host: parsed.hostname.replace(/^\[|\]$/g, ""),
    port: Number(parsed.port || 5432),
    user: decodeURIComponent(parsed.username),
    database,
    ...(secret !== undefined && { password: extractPassword(secret) }),
    ssl: tls !== "disable" && {
      rejectUnauthorized: tls === "verify-full",
      ...(caFile !== undefined && { ca: readOptionFile("--ca-file", caFile) }),
    },
    connectionTimeoutMillis: 10_000,
    application_name: "homeroom-policy",
  };
}

/** Returns the password of a secret, which is the password itself or a login in JSON. */
function extractPassword(secret: string): string {
  if (!secret.startsWith("{")) return secret;
  try {
    const value: unknown = JSON.parse(secret);
    if (typeof value === "object" && value !== null && "password" in value && typeof value.password === "string") {
      return value.password;
    }
  } catch {
    // A password may begin with a brace.
  }
  return secret;
}

/** Runs `work` with a connection. Throws UsageError with the server's message, which never repeats the password. */
export async function withDatabase<T>(options: ConnectionOptions, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const config = parseConnection(options);
  const client = new pg.Client(config);
  client.on("error", () => undefined);
  const address = `${config.user}@${config.host}:${config.port}/${config.database}`;
  await client.connect().catch((error: unknown) => {
    throw new UsageError(`cannot connect to ${address}: ${describeFailure(error)}`);
  });
  try {
    return await work(client);
  } catch (error) {
    if (error instanceof pg.DatabaseError) throw new UsageError(`${address}: ${error.message}`);
    throw error;
  } finally {
    await client.end().catch(() => undefined);
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(describeFailure).join("; ");
  const text = error instanceof Error ? error.message : String(error);
  if (/does not support SSL/.test(text)) return `${text}; on this machine alone, --tls disable goes without`;
  return /certificate|self-signed/i.test(text) ? `${text}; name its authority with --ca-file` : text;
}
