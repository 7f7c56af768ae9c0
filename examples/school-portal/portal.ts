import { readFileSync } from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import { embedHandler, type Homeroom } from "@homeroom/embed";
import { dashboardsOf, demoSchools, studentsShown } from "./demo-people.ts";
import { isTls, visitorOf } from "./visitor.ts";

export interface PortalProps {
  readonly homeroom: Homeroom;
  readonly embedOrigins: { readonly https: readonly string[]; readonly http: readonly string[] };
  /** The page's script, built by portalScript(). */
  readonly script: Uint8Array;
}

const file = (path: string): Buffer => readFileSync(new URL(path, import.meta.url));

interface Page {
  readonly type: string;
  readonly body: Uint8Array;
}

const json = "application/json; charset=utf-8";

export function createPortal({ homeroom, embedOrigins, script }: PortalProps): Server {
  const choices = { schools: demoSchools, students: studentsShown, dashboards: dashboardsOf };
  const pages = new Map<string, Page>([
    ["/", { type: "text/html; charset=utf-8", body: file("public/index.html") }],
    ["/portal.css", { type: "text/css; charset=utf-8", body: file("public/portal.css") }],
    ["/portal.js", { type: "text/javascript; charset=utf-8", body: script }],
    ["/api/choices", { type: json, body: Buffer.from(JSON.stringify(choices)) }],
    ["/health", { type: json, body: Buffer.from('{"status":"ok"}') }],
  ]);
  const embed = embedHandler({ homeroom, who: visitorOf });
  return createServer((request, response) => {
    const path = (request.url ?? "/").split("?", 1)[0] ?? "/";
    if (path === "/api/embed") return void embed(request, response);
    const reply = (status: number, page: Page): void =>
      send(response, status, page, embedOrigins[isTls(request) ? "https" : "http"]);
    const page = pages.get(path);
    if (page === undefined) return reply(404, message("no such page"));
    if (request.method !== "GET" && request.method !== "HEAD") return reply(405, message("use GET"));
    reply(200, page);
  });
}

const message = (text: string): Page => ({ type: json, body: Buffer.from(JSON.stringify({ message: text })) });

function send(response: ServerResponse, status: number, page: Page, embeds: readonly string[]): void {
  const policy = [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    // The browser helper requests a page of the dashboard's host to learn whether it is reachable.
    `connect-src 'self' ${embeds.join(" ")}`,
    `frame-src ${embeds.join(" ")}`,
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
