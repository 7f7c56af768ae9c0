import { readdirSync, readFileSync } from "node:fs";
import { Agent, request } from "node:https";
import { join } from "node:path";
import { live, settings, urls } from "./live.ts";

/** One chart as the browser asks for it. */
export interface ChartRequest {
  readonly path: string;
  readonly body: unknown;
}

export interface Failure {
  readonly what: string;
  readonly status: number | undefined;
  readonly detail: string;
}

export interface Traffic {
  readonly requests: number;
  readonly failures: readonly Failure[];
  /** Duration from the first request to the last answer. */
  readonly seconds: number;
  /** The 99th percentile of the durations, in milliseconds. */
  readonly p99: number;
  readonly tokens: number;
}

interface Embed {
  readonly token: string;
  readonly embedOrigin: string;
}

const shared = { first: 1, count: 100 };
/** The schools of the tenant whose rows are in a database of its own. */
const own = { first: 201, count: 20 };

/** Returns the school of a visit. Every fourth visit is of the tenant with its own database. */
function schoolOf(visit: number): number {
  if (visit % 4 === 3) return own.first + (Math.floor(visit / 4) % own.count);
  return shared.first + (visit % shared.count);
}

/**
 * Visits that begin at a steady pace whatever the answers take: each fetches a token for another school from the token
 * service by way of the portal, opens the embed page with it, reads the dashboard and its charts.
 */
export class ConstantTraffic {
  readonly #agent = new Agent({ keepAlive: true, ca: readFileSync(live.authority), maxSockets: 64 });
  readonly #running = new Set<Promise<void>>();
  readonly #failures: Failure[] = [];
  readonly #latencies: number[] = [];
  readonly #began = performance.now();
  readonly #dashboard: string;
  readonly #charts: readonly ChartRequest[];
  readonly #timer: NodeJS.Timeout;
  #visits = 0;
  #tokens = 0;

  constructor(props: { dashboard: string; charts: readonly ChartRequest[]; requestsPerSecond: number }) {
    this.#dashboard = props.dashboard;
    this.#charts = props.charts;
    const requestsOfAVisit = 3 + props.charts.length;
    this.#timer = setInterval(() => this.#begin(), (requestsOfAVisit / props.requestsPerSecond) * 1000);
  }

  /** Stops, and resolves when every visit that has begun has ended. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #begin(): void {
    const visit = this.#visit(schoolOf(this.#visits++)).finally(() => this.#running.delete(visit));
    this.#running.add(visit);
  }

  async stop(): Promise<Traffic> {
    clearInterval(this.#timer);
    await this.settled();
    const seconds = (performance.now() - this.#began) / 1000;
    this.#agent.destroy();
    const sorted = [...this.#latencies].sort((left, right) => left - right);
    return {
      requests: this.#latencies.length,
      failures: this.#failures,
      seconds,
      p99: Math.round(sorted[Math.floor(sorted.length * 0.99)] ?? 0),
      tokens: this.#tokens,
    };
  }

  async #visit(school: number): Promise<void> {
    const person = `role=principal&school=${school}&number=1`;
    const asked = await this.#ask("token", `${urls.portalTls}/api/embed?${person}`, { dashboard: this.#dashboard });
    if (asked === undefined) return;
    this.#tokens += 1;
    const { token, embedOrigin } = JSON.parse(asked) as Embed;
    await this.#ask("page", `${embedOrigin}/embedded/dashboard/${this.#dashboard}?jwt=${token}`);
    await this.#ask("dashboard", `${embedOrigin}/api/v1/dashboard/${this.#dashboard}`, undefined, token);
    for (const { path, body } of this.#charts) await this.#ask("chart", `${embedOrigin}${path}`, body, token);
  }

  /** The text of a good answer; anything else is a failure that is counted. */
  async #ask(what: string, url: string, body?: unknown, token?: string): Promise<string | undefined> {
    const began = performance.now();
    const answer = await this.#send(url, body, token).catch((error: unknown) => ({
      status: undefined,
      text: error instanceof Error ? error.message : String(error),
    }));
    this.#latencies.push(performance.now() - began);
    if (answer.status === 200) return answer.text;
    this.#failures.push({ what, status: answer.status, detail: answer.text.slice(0, 300) });
    return undefined;
  }

  #send(url: string, body: unknown, token: string | undefined): Promise<{ status: number; text: string }> {
    const target = new URL(url);
    const payload = body === undefined ? undefined : JSON.stringify(body);
    return new Promise((resolve, reject) => {
      const sent = request({
        agent: this.#agent,
        host: settings.address,
        servername: target.hostname,
        port: target.port,
        path: target.pathname + target.search,
        method: payload === undefined ? "GET" : "POST",
        timeout: 60_000,
        headers: {
          host: target.host,
          ...(payload !== undefined && {
            "content-type": "application/json",
            "content-length": Buffer.byteLength(payload),
          }),
          ...(token !== undefined && { "x-guesttoken": token }),
        },
      });
      sent.once("timeout", () => sent.destroy(new Error("no answer in 60 s")));
      sent.once("error", reject);
      sent.once("response", (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.once("error", reject);
        response.once("end", () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(chunks).toString("utf8") }),
        );
      });
      sent.end(payload);
    });
  }
}

export interface LoggedRequest {
  readonly path: string;
  readonly status: number;
}

/** Reads what nginx has logged since a moment, from the present file and the ones before it. */
export function loggedSince(moment: Date): LoggedRequest[] {
  const folder = live.state.logs;
  const from = Math.floor(moment.getTime() / 1000) * 1000;
  return readdirSync(folder)
    .filter((name) => name.startsWith("nginx-access.log"))
    .flatMap((name) => readFileSync(join(folder, name), "utf8").split("\n"))
    .flatMap((line) => {
      const [time = "", , , , path = "", , status = ""] = line.split(" ");
      return Date.parse(time) >= from ? [{ path, status: Number(status) }] : [];
    });
}
