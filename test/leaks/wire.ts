import { readFileSync } from "node:fs";
import { connect } from "node:tls";
import { live, settings } from "../e2e/live.ts";

const WAIT_MS = 4_000;

/** Bytes over TLS to nginx, as no HTTP library would send them; the bytes that came back until it closed or fell silent. */
export function sendRaw(servername: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({
      host: settings.address,
      port: settings.ports.https,
      servername,
      ca: readFileSync(live.authority),
      ALPNProtocols: ["http/1.1"],
    });
    const chunks: Buffer[] = [];
    const done = (): void => {
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("latin1"));
    };
    socket.setTimeout(WAIT_MS, done);
    socket.once("secureConnect", () => socket.write(bytes));
    socket.on("data", (chunk: Buffer) => chunks.push(chunk));
    socket.once("end", done);
    socket.once("error", (error: NodeJS.ErrnoException) =>
      ["ECONNRESET", "EPIPE"].includes(error.code ?? "") ? done() : reject(error),
    );
  });
}
