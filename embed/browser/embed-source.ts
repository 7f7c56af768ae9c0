import type { Embed } from "../homeroom.ts";
import type { Problem } from "./texts.ts";

/** Asks the host product; the answer is that of `embedHandler`. */
export type Ask = (signal: AbortSignal) => Promise<Response>;

/** A token and when it ends by this machine's clock, in milliseconds since 1970. */
export interface Held {
  readonly embed: Pick<Embed, "token" | "embedOrigin" | "embeddedUuid">;
  readonly endsAt: number;
}

const timeoutMs = 10_000;

export function askEndpoint(endpoint: string, dashboard: string): Ask {
  return (signal) =>
    fetch(endpoint, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ dashboard }),
      cache: "no-store",
      signal,
    });
}

/** One attempt. Never rejects: what went wrong is an answer too. */
export async function obtain(ask: Ask, signal: AbortSignal): Promise<Held | Problem> {
  try {
    const response = await ask(AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]));
    if (response.status === 401) return "signedOut";
    if (response.status === 403) return "forbidden";
    if (!response.ok) return "unavailable";
    return read((await response.json()) as Partial<Embed>, response.headers.get("date")) ?? "unavailable";
  } catch (error) {
    return error instanceof SyntaxError ? "unavailable" : "unreachable";
  }
}

/** A clock that is wrong must not make every token look old, so its life is counted from the server's time. */
function read(
  { token, embedOrigin, embeddedUuid, expiresAt }: Partial<Embed>,
  serverDate: string | null,
): Held | undefined {
  if (typeof token !== "string" || typeof embedOrigin !== "string" || typeof embeddedUuid !== "string")
    return undefined;
  if (typeof expiresAt !== "number") return undefined;
  const now = Date.now();
  const serverNow = serverDate === null ? Number.NaN : Date.parse(serverDate);
  const left = expiresAt * 1000 - (Number.isNaN(serverNow) ? now : serverNow);
  return { embed: { token, embedOrigin, embeddedUuid }, endsAt: now + left };
}
