import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { dashboardsOf, demoSchools, personOf, studentsShown } from "./demo-people.ts";
import { EmbedFormError, parseEmbedForm } from "./embed-form.ts";
import type { Homeroom } from "./homeroom.ts";

export interface PortalProps {
  readonly homeroom: Pick<Homeroom, "embed">;
  readonly embedOrigins: { readonly https: readonly string[]; readonly http: readonly string[] };
}

const file = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));
const sdk = (): Buffer => readFileSync(new URL(import.meta.resolve("@superset-ui/embedded-sdk/bundle/index.js")));

interface Page {
  readonly type: string;
  readonly body: Buffer;
}

const json = "application/json; charset=utf-8";

export function createPortal(props: PortalProps): Server {
  const pages = new Map<string, Page>([
    ["/", { type: "text/html; charset=utf-8", body: file("public/index.html") }],
    ["/portal.css", { type: "text/css; charset=utf-8", body: file("public/portal.css") }],
    ["/portal.js", { type: "text/javascript; charset=utf-8", body: file("public/portal.js") }],
    ["/embedded-sdk.js", { type: "text/javascript; charset=utf-8", body: sdk() }],
    [
      "/api/choices",
      {
        type: json,
        body: Buffer.from(JSON.stringify({ schools: demoSchools, students: studentsShown, dashboards: dashboardsOf })),
      },
    ],
    ["/health", { type: json, body: Buffer.from('{"status":"ok"}') }],
  ]);
  return createServer((request, response) => {
    const transport = request.headers["x-forwarded-proto"] === "https" ? "https" : "http";
    const reply = (status: number, page: Page): void => send(response, status, page, props.embedOrigins[transport]);
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    const page = pages.get(path);
    if (page !== undefined && (request.method === "GET" || request.method === "HEAD")) return reply(200, page);
    if (path !== "/api/embed") return reply(404, message("no such page"));
    if (request.method !== "POST") return reply(405, message("use POST"));
    if (!sameOrigin(request)) return reply(403, message("only the portal's own page may ask"));
    embed(request, props.homeroom, transport).then(
      (body) => reply(200, { type: json, body: Buffer.from(JSON.stringify(body)) }),
      (error: unknown) => {
        if (error instanceof EmbedFormError) return reply(400, message(error.message));
        console.error(error instanceof Error ? error.message : error);
        return reply(502, message("the dashboard is not available now; the portal's log has the reason"));
      },
    );
  });
}

async function embed(
  request: IncomingMessage,
  homeroom: PortalProps["homeroom"],
  transport: "https" | "http",
): Promise<object> {
  const form = parseEmbedForm(await readBody(request));
  return homeroom.embed({ ...personOf(form), dashboard: form.dashboard, transport });
}

/** A foreign page cannot make a visitor's browser fetch a token. */
function sameOrigin(request: IncomingMessage): boolean {
  const { origin, host } = request.headers;
  return (
    (request.headers["content-type"] ?? "").startsWith("application/json") &&
    (origin === undefined || (URL.canParse(origin) && new URL(origin).host === host))
  );
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > 4096) throw new EmbedFormError("the body has more than 4096 bytes");
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

const message = (text: string): Page => ({ type: json, body: Buffer.from(JSON.stringify({ message: text })) });

function send(response: ServerResponse, status: number, page: Page, frames: readonly string[]): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "connect-src 'self'",
    `frame-src ${frames.join(" ")}`,
    "frame-ancestors 'none'",
    "base-uri 'none'",
    "form-action 'none'",
  ];
  response.writeHead(status, {
    "content-type": page.type,
    "content-length": page.body.length,
    "content-security-policy": policy.join("; "),
    "referrer-policy": "strict-origin",
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
  });
  response.end(response.req.method === "HEAD" ? undefined : page.body);
}
