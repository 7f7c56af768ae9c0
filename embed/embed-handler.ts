import type { IncomingMessage, ServerResponse } from "node:http";
import type { EmbedRequest, Homeroom } from "./homeroom.ts";

/** The person of a request, as the host product's own session knows them. */
export interface Visitor extends Pick<EmbedRequest, "person" | "tenant" | "lifetimeSeconds" | "transport"> {
  /** Slugs of the dashboards that they may open. */
  readonly dashboards: readonly string[];
}

/** Props that the handler takes from the host product. */
export interface EmbedHandlerProps<Request extends IncomingMessage = IncomingMessage> {
  /** Where tokens come from: `tokenService(…)` or `localSigner(…)`. */
  readonly homeroom: Homeroom;
  /** Finds the person of a request in the product's own session; undefined when nobody is signed in. */
  readonly who: (request: Request) => Visitor | undefined | Promise<Visitor | undefined>;
  /** Origins of other pages of the product that may ask, with cookies. @default none: the same origin alone */
  readonly origins?: readonly string[];
  /** Told why a visitor got no token. @default console.error with the message */
  readonly report?: (error: unknown) => void;
}

/** Works as `(request, response)` of node:http and as middleware of Express and of whatever calls like it. */
export type EmbedHandler<Request extends IncomingMessage = IncomingMessage> = (
  request: Request,
  response: ServerResponse,
) => Promise<void>;

interface Reply {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

class Refused extends Error {
  readonly reply: Reply;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.reply = { status, body: { message }, headers };
  }
}

const bodyMaxBytes = 4096;

/**
 * Answers `POST {"dashboard": "<slug>"}` with an Embed. Nothing of an error but its kind reaches the browser: 401 when
 * nobody is signed in, 403 when the dashboard is not theirs to open or the page may not ask, 502 when there is no token.
 */
export function embedHandler<Request extends IncomingMessage = IncomingMessage>(
  props: EmbedHandlerProps<Request>,
): EmbedHandler<Request> {
  return async (request, response) => {
    const reply = await answer(request, props).catch((error: unknown): Reply => {
      if (error instanceof Refused) return error.reply;
      (props.report ?? complain)(error);
      return { status: 502, body: { message: "the dashboard is not available now" } };
    });
    send(response, reply, allowing(request, props));
  };
}

async function answer<Request extends IncomingMessage>(
  request: Request,
  props: EmbedHandlerProps<Request>,
): Promise<Reply> {
  if (foreign(request, props)) throw new Refused(403, "this page may not ask for a dashboard");
  if (request.method === "OPTIONS") return { status: 204 };
  if (request.method !== "POST") throw new Refused(405, "use POST", { allow: "POST" });
  // No HTML form can send this type, so no foreign page can make a browser ask without a preflight.
  if (!/^application\/json\s*(;|$)/i.test(request.headers["content-type"] ?? "")) {
    throw new Refused(415, "send application/json");
  }
  const dashboard = await asked(request);
  const visitor = await props.who(request);
  if (visitor === undefined) throw new Refused(401, "sign in again");
  const { dashboards, ...who } = visitor;
  if (!dashboards.includes(dashboard)) throw new Refused(403, "this dashboard is not yours to open");
  return { status: 200, body: await props.homeroom.embed({ ...who, dashboard }) };
}

/** A browser names the page that asks; what names none is no page, and has no cookies to misuse. */
function foreign(request: IncomingMessage, { origins = [] }: { origins?: readonly string[] }): boolean {
  const { origin, host } = request.headers;
  if (origin !== undefined && origins.includes(origin)) return false;
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) return site !== "same-origin";
  return origin !== undefined && !(URL.canParse(origin) && new URL(origin).host === host);
}

function allowing(request: IncomingMessage, { origins = [] }: { origins?: readonly string[] }): Record<string, string> {
  const { origin } = request.headers;
  if (origins.length === 0) return {};
  if (origin === undefined || !origins.includes(origin)) return { vary: "origin" };
  return {
    vary: "origin",
    "access-control-allow-origin": origin,
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "POST",
    "access-control-allow-headers": "content-type",
    "access-control-expose-headers": "date",
  };
}

/** Express may have read the body before us. */
async function asked(request: IncomingMessage & { readonly body?: unknown }): Promise<string> {
  const value = request.body ?? parsed(await text(request));
  const dashboard = typeof value === "object" && value !== null && "dashboard" in value ? value.dashboard : undefined;
  if (typeof dashboard !== "string") throw new Refused(400, 'send {"dashboard": "<slug>"}');
  return dashboard;
}

async function text(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bodyMaxBytes) throw new Refused(413, `the body has more than ${bodyMaxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refused(400, "the body is no JSON");
  }
}

function send(response: ServerResponse, { status, body, headers }: Reply, more: Record<string, string>): void {
  response.writeHead(status, {
    ...(body === undefined ? {} : { "content-type": "application/json; charset=utf-8" }),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...more,
    ...headers,
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

function complain(error: unknown): void {
  console.error(error instanceof Error ? error.message : error);
}
