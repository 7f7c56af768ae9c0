import { request } from "node:http";
import type { SupervisedProcess } from "./supervised-process.ts";

/**
 * Polls until `isReady` returns true. Throws ProcessError when the process ends or the deadline, in seconds, passes.
 */
export async function waitUntilReady(
  child: SupervisedProcess,
  seconds: number,
  isReady: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (child.running) {
    if (await isReady()) return;
    if (Date.now() > deadline)
      throw child.failure(
        `did not answer within ${seconds} s`,
        "A slow or busy machine may need another try: start again.",
      );
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  throw child.failure(
    "ended before it answered",
    "Correct what the lines name and start again; `npm start -- --reset` begins anew.",
  );
}

/**
 * Tells whether an HTTP request is answered with a status below 400. It connects to the address and sends the host name
 * in the Host header, because `*.localhost` does not resolve everywhere.
 */
export function isHttpReady(address: string, port: number, path: string, host?: string): Promise<boolean> {
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
