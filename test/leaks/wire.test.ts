import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import { type Guest, tokenOf } from "../e2e/guest.ts";
import { ask, embedOrigin, guestHeader, hosts, settings, urls } from "../e2e/live.ts";
import type { SavedChart } from "./charts.ts";
import { Lab } from "./lab.ts";
import { sendRaw } from "./wire.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

let lab: Lab;
let who: Guest;
/** Lists every teacher of every school, to those who may ask it so. */
let prey: SavedChart;
let token: string;

beforeAll(async () => {
  lab = await Lab.open();
  [who] = lab.guests as [Guest, ...Guest[]];
  const found = lab.charts.find(({ name }) => name === "Average week of each teacher");
  present(found);
  prey = found;
  token = tokenOf(who, { dashboard: prey.dashboard });
});
afterAll(() => lab.close());

const [embedHost = ""] = hosts.embeds;
const port = settings.ports.https;
const goal = (): string => `/api/v1/chart/${prey.id}/data/?force=true`;
const lines = (...parts: string[]): string => `${parts.join("\r\n")}\r\n\r\n`;
const both = (): string[] => [`X-GuestToken: ${token}`, `Cookie: ${lab.studio.cookie}`];
const host = (name: string): string => `Host: ${name}:${port}`;

interface Trick {
  readonly name: string;
  readonly bytes: () => string;
  readonly sni?: string;
}

/** A path that might reach the goal although the gate sees another, or the other way round. */
const paths: readonly ((path: string) => string)[] = [
  (path) => `/${path}`,
  (path) => path.replaceAll("/", "//"),
  (path) => path.replace("/v1/", "/./v1/"),
  (path) => path.replace("/v1/", "/v1/x/../"),
  (path) => `/static/..${path}`,
  (path) => `/static/%2e%2e${path}`,
  (path) => `/static/..%2f${path.slice(1)}`,
  (path) => `/static/appbuilder/..${path}`,
  (path) => `/health/..${path}`,
  (path) => `/embedded/dashboard/..%2f..${path}`,
  (path) => path.replace("chart", "%63hart"),
  (path) => path.replace("chart", "chart%2f"),
  (path) => path.replace("/data/", "/data%2f"),
  (path) => path.replace("/data/", ";x=/static/data/"),
  (path) => path.replace("/data/", "/data/%00"),
  (path) => path.replace("/data/", "/data/.json"),
  (path) => path.replaceAll("/", "\\"),
  (path) => path.replace("/api", "/API"),
  (path) => path.replace("/data/", "/data/%0d%0aX-GuestToken:%20x"),
  (path) => path.replace("?", "?jwt=x&"),
  (path) => `${path}#/health`,
  (path) => `/health?next=${path}`,
];

const spoofs: readonly (readonly [string, () => string[]])[] = [
  ["X-Original-URL", () => [`X-Original-URL: ${goal()}`]],
  ["X-Rewrite-URL", () => [`X-Rewrite-URL: ${goal()}`]],
  ["X-HTTP-Method-Override", () => ["X-HTTP-Method-Override: GET", "X-Method-Override: GET", "X-HTTP-Method: GET"]],
  ["X-Forwarded-Host of the studio", () => [`X-Forwarded-Host: ${hosts.studio}`]],
  ["X-Forwarded-Prefix", () => ["X-Forwarded-Prefix: /api/v1", "X-Script-Name: /health"]],
  [
    "X-Forwarded-For of the machine itself",
    () => ["X-Forwarded-For: 127.0.0.1", "X-Real-IP: 127.0.0.1", "Forwarded: for=127.0.0.1;host=" + hosts.studio],
  ],
  [
    "X-Forwarded-User",
    () => ["X-Forwarded-User: admin", "X-Remote-User: admin", "Remote-User: admin", "REMOTE_USER: admin"],
  ],
  ["Authorization", () => [`Authorization: Bearer ${token}`]],
  ["a second token header that is empty", () => ["X-GuestToken:"]],
  ["a token header with an underscore", () => ["X_GuestToken: x"]],
  ["a token header with a tab", () => ["X-GuestToken\t: x"]],
  ["a folded header", () => ["X-Folded: a\r\n X-GuestToken: x"]],
  ["a second Host", () => [host(hosts.studio)]],
  ["huge headers", () => [`X-Huge: ${"y".repeat(7_000)}`, `X-More: ${"z".repeat(7_000)}`]],
  ["Upgrade", () => ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"]],
  ["Connection that drops the token", () => ["Connection: X-GuestToken, close"]],
  ["Range", () => ["Range: bytes=0-9"]],
  ["Expect", () => ["Expect: 100-continue"]],
];

const framed = (...extra: string[]): string =>
  lines(`POST /superset/log/ HTTP/1.1`, host(embedHost), `X-GuestToken: ${token}`, ...extra);
const smuggled = (): string =>
  lines(`GET ${goal()} HTTP/1.1`, host(embedHost), `Cookie: ${lab.studio.cookie}`, "Connection: close");

const tricks: readonly Trick[] = [
  ...paths.map((path) => ({
    name: `path ${path("/api/v1/chart/1/data/?force=true")}`,
    bytes: () => lines(`GET ${path(goal())} HTTP/1.1`, host(embedHost), ...both(), "Connection: close"),
  })),
  ...spoofs.flatMap(([name, extra]) => [
    { name, bytes: () => lines(`GET ${goal()} HTTP/1.1`, host(embedHost), ...both(), ...extra(), "Connection: close") },
    {
      name: `${name}, on an open address`,
      bytes: () => lines(`GET /health HTTP/1.1`, host(embedHost), ...both(), ...extra(), "Connection: close"),
    },
    {
      name: `${name}, without a token`,
      bytes: () =>
        lines(
          `GET ${goal()} HTTP/1.1`,
          host(embedHost),
          `Cookie: ${lab.studio.cookie}`,
          ...extra(),
          "Connection: close",
        ),
    },
  ]),
  ...["HEAD", "OPTIONS", "TRACE", "CONNECT", "POST", "PUT", "PATCH", "DELETE", "get", "GETX", "QUERY", "PRI"].map(
    (method) => ({
      name: `method ${method}`,
      bytes: () =>
        lines(`${method} ${goal()} HTTP/1.1`, host(embedHost), ...both(), "Content-Length: 0", "Connection: close"),
    }),
  ),
  { name: "OPTIONS *", bytes: () => lines("OPTIONS * HTTP/1.1", host(embedHost), ...both(), "Connection: close") },
  { name: "HTTP/1.0", bytes: () => lines(`GET ${goal()} HTTP/1.0`, host(embedHost), ...both()) },
  { name: "HTTP/1.0 without a host", bytes: () => lines(`GET ${goal()} HTTP/1.0`, ...both()) },
  { name: "HTTP/0.9", bytes: () => `GET ${goal()}\r\n` },
  { name: "HTTP/2.0 in words", bytes: () => lines(`GET ${goal()} HTTP/2.0`, host(embedHost), ...both()) },
  {
    name: "absolute form of the embed host",
    bytes: () =>
      lines(`GET https://${embedHost}:${port}${goal()} HTTP/1.1`, host(hosts.studio), ...both(), "Connection: close"),
  },
  {
    name: "absolute form of the studio beside a token",
    bytes: () =>
      lines(`GET https://${hosts.studio}:${port}${goal()} HTTP/1.1`, host(embedHost), ...both(), "Connection: close"),
  },
  {
    name: "a studio Host beside a token",
    bytes: () => lines(`GET ${goal()} HTTP/1.1`, host(hosts.studio), ...both(), "Connection: close"),
  },
  {
    name: "a studio name in the handshake, an embed Host",
    sni: hosts.studio,
    bytes: () => lines(`GET ${goal()} HTTP/1.1`, host(embedHost), `Cookie: ${lab.studio.cookie}`, "Connection: close"),
  },
  ...[
    `${hosts.studio}.evil.example`,
    `x${hosts.studio}`,
    `${embedHost}@${hosts.studio}`,
    "127.0.0.1",
    "localhost",
    "",
    "[::1]",
    `${hosts.studio}%00`,
    `${embedHost}, ${hosts.studio}`,
  ].map((name) => ({
    name: `Host ${JSON.stringify(name)}`,
    bytes: () => lines(`GET ${goal()} HTTP/1.1`, `Host: ${name}`, `Cookie: ${lab.studio.cookie}`, "Connection: close"),
  })),
  {
    name: "length and chunks",
    bytes: () => `${framed("Content-Length: 5", "Transfer-Encoding: chunked")}0\r\n\r\n${smuggled()}`,
  },
  {
    name: "chunks twice",
    bytes: () =>
      `${framed("Transfer-Encoding: chunked", "Transfer-Encoding: identity", "Content-Length: 3")}0\r\n\r\n${smuggled()}`,
  },
  {
    name: "chunks with a tab",
    bytes: () => `${framed("Transfer-Encoding:\tchunked", "Content-Length: 4")}0\r\n\r\n${smuggled()}`,
  },
  {
    name: "chunks misspelt",
    bytes: () => `${framed("Transfer-Encoding: xchunked", "Content-Length: 4")}abcd${smuggled()}`,
  },
  { name: "two lengths", bytes: () => `${framed("Content-Length: 0", "Content-Length: 400")}${smuggled()}` },
  { name: "a length that is negative", bytes: () => `${framed("Content-Length: -1")}${smuggled()}` },
  { name: "a length with a sign", bytes: () => `${framed("Content-Length: +0")}${smuggled()}` },
  {
    name: "a chunk size beyond all",
    bytes: () => `${framed("Transfer-Encoding: chunked")}FFFFFFFFFFFFFFFF0\r\n${smuggled()}`,
  },
  {
    name: "a bare line feed",
    bytes: () => `GET ${goal()} HTTP/1.1\n${host(embedHost)}\nCookie: ${lab.studio.cookie}\nConnection: close\n\n`,
  },
];

async function me(other: Guest): Promise<unknown> {
  const { text } = await ask(`${embedOrigin}/api/v1/me/`, {
    headers: guestHeader(tokenOf(other, { dashboard: prey.dashboard })),
  });
  return (JSON.parse(text) as { result?: { username?: unknown } }).result?.username;
}

describe("an administrator's session and a guest token on the wire", () => {
  it("would be worth the trouble: the session alone lists all schools in the studio", async () => {
    const { text } = await ask(`${urls.studioTls}${goal()}`, { headers: { cookie: lab.studio.cookie } });
    const foreign = lab.canaries.strange(text, who);
    expecting(text.slice(0, 300), foreign.length).toBeGreaterThanOrEqual(2);
  });

  for (const trick of tricks) {
    it(`${trick.name} gets no row of another school`, async () => {
      const answer = await sendRaw(trick.sni ?? embedHost, trick.bytes());
      expecting(answer.slice(0, 400), lab.canaries.strange(answer, who)).toStrictEqual([]);
      // A response left on a connection between nginx and Superset would now answer another guest.
      const others = await Promise.all([who, lab.guests[1] ?? who].map((other) => me(other)));
      expect(others).toStrictEqual([who, lab.guests[1] ?? who].map(({ role, school }) => `${role}.${school}`));
    });
  }
});
