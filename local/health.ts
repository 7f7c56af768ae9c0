import { request } from "node:http";
import type { Part } from "./part.ts";

/** Asks until the answer is yes. The part's own end is noticed elsewhere, sooner than this limit. */
export async function waitFor(part: Part, seconds: number, isReady: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (part.running) {
    if (await isReady()) return;
    if (Date.now() > deadline)
      throw part.failure(
        `did not answer within ${seconds} s`,
        "A slow or busy machine may need another try: start again.",
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw part.failure(
    "ended before it answered",
    "Correct what the lines name and start again; `npm start -- --reset` begins anew.",
  );
}

/** Dials the loopback address and sends the name, because `*.localhost` does not resolve everywhere. */
export function answers(address: string, port: number, path: string, host?: string): Promise<boolean> {
  return new Promise((resolve) => {
    const outgoing = request(
      { host: address, port, path, timeout: 5_000, headers: host ? { host: `${host}:${port}` } : {} },
      (response) => {
        response.resume();
        resolve((response.statusCode ?? 500) < 400);
      },
    );
    outgoing.on("timeout", () => outgoing.destroy());
    outgoing.on("error", () => resolve(false));
    outgoing.end();
  });
}
