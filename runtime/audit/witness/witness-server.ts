import { createServer, type Server } from "node:http";
import type { Witness } from "./witness.ts";

const mostBody = 64 * 1024;
const requestMs = 10_000;

/** Serves POST /add-checkpoint (C2SP tlog-witness) and GET /health. */
export function witnessServer(witness: Pick<Witness, "addCheckpoint">, log: (entry: object) => void): Server {
  const server = createServer((request, response) => {
    const end = (status: number, body: string): void => {
      response.writeHead(status, { "content-type": status === 409 ? "text/x.tlog.size" : "text/plain" }).end(body);
    };
    if (request.method === "GET" && request.url === "/health") return end(200, "ok\n");
    if (request.method !== "POST" || request.url !== "/add-checkpoint") return end(404, "POST /add-checkpoint\n");
    let body = "";
    request.setEncoding("utf8");
    request.on("data", (part: string) => {
      body += part;
      if (body.length <= mostBody) return;
      end(413, "too long\n");
      request.destroy();
    });
    request.on("end", () => {
      witness.addCheckpoint(body).then(
        (answer) => {
          log({ event: "witness.answered", status: answer.status });
          end(answer.status, answer.body);
        },
        (error: unknown) => {
          log({ event: "witness.failed", reason: error instanceof Error ? error.message : "unknown" });
          end(500, "the witness failed\n");
        },
      );
    });
  });
  server.requestTimeout = requestMs;
  server.headersTimeout = requestMs;
  return server;
}
