import { createServer } from "node:net";
import { ExpectedError } from "../contract/index.ts";
import type { Ports } from "./settings.ts";

export class PreflightError extends ExpectedError {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(`Cannot start, ${problems.length} problem(s):\n${problems.map((problem) => `  - ${problem}`).join("\n")}`);
    this.problems = problems;
  }
}

const portUsers: Record<keyof Ports, string> = {
  http: "nginx, HTTP",
  https: "nginx, TLS",
  web: "Superset",
  tokens: "the token service",
  portal: "the school portal",
  postgres: "PostgreSQL",
  cacheRedis: "Redis for caches",
  brokerRedis: "Redis for Celery",
  collector: "the collector of audit events",
  witness: "the witness of the audit log",
};

export async function findPortProblems(address: string, ports: Ports): Promise<string[]> {
  const found = await Promise.all(
    (Object.entries(ports) as [keyof Ports, number][]).map(async ([name, port]) => {
      if (port > 65_535) return `Port ${port} for ${portUsers[name]} is above 65535. Give a smaller --port-offset.`;
      const problem = await findListenProblem(address, port);
      if (problem === undefined) return undefined;
      if (problem === "EADDRINUSE") {
        return `Port ${port} on ${address}, needed for ${portUsers[name]}, is in use. Stop the program that holds it (\`ss -ltnp 'sport = :${port}'\` names it), or move all ports: npm start -- --port-offset 1000.`;
      }
      return `Port ${port} on ${address}, needed for ${portUsers[name]}, cannot be opened (${problem}). Move all ports: npm start -- --port-offset 1000.`;
    }),
  );
  return found.filter((problem) => problem !== undefined);
}

function findListenProblem(address: string, port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen({ host: address, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}

export function findNodeProblems(version: string): string[] {
  const [major = 0, minor = 0] = version.replace(/^v/, "").split(".").map(Number);
  if (major > 20 || (major === 20 && minor >= 11)) return [];
  return [`Node ${version} is too old; 20.11 or newer is needed. Install Node 20 or a later even version.`];
}
