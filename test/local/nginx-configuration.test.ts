import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loggedPath, platform } from "../../contract/index.ts";
import { type NginxProps, nginxConfiguration } from "../../local/nginx-configuration.ts";

const props: NginxProps = {
  address: "127.0.0.1",
  ports: { http: 8080, https: 8443, web: 8088, portal: 8091 },
  hosts: {
    embeds: ["analytics1.homeroom.localhost", "analytics2.homeroom.localhost"],
    studio: "studio.homeroom.localhost",
    portal: "school.localhost",
  },
  certificates: { authority: "/s/tls/ca.crt", certificate: "/s/tls/server.crt", key: "/s/tls/server.key" },
  folder: '/s/a "b"/nginx',
  accessLog: "/s/logs/nginx-access.log",
  packages: "/s/venv/site-packages",
  withPortal: true,
  asRoot: false,
};

/** The server block of a host. */
function serverOf(text: string, host: string): string {
  const block = text.split(/\n {2}server \{/).find((part) => new RegExp(`server_name [^;]*\\b${host}`).test(part));
  assert.ok(block, `no server for ${host}`);
  return block;
}

describe("nginx configuration", () => {
  const text = nginxConfiguration(props);
  const embed = serverOf(text, "analytics1.homeroom.localhost");
  const studio = serverOf(text, "studio.homeroom.localhost");

  it("listens on the loopback only, plain and with TLS 1.2 and 1.3 and HTTP/2", () => {
    const listens = [...text.matchAll(/listen ([^;]+);/g)].map(([, value]) => value ?? "");
    assert.ok(listens.length >= 8);
    for (const value of listens) assert.match(value, /^127\.0\.0\.1:(8080|8443 ssl)( default_server)?$/);
    assert.match(text, /ssl_protocols TLSv1\.2 TLSv1\.3;/);
    assert.match(embed, /http2 on;/);
  });

  it("refuses a host that it does not serve", () => {
    assert.match(text, /default_server;\n {4}http2 on;\n {4}server_name _;\n {4}return 421;/);
  });

  it("sends the proxy headers of production", () => {
    for (const line of [
      "proxy_set_header Host $host:$server_port;",
      "proxy_set_header X-Real-IP $remote_addr;",
      "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
      "proxy_set_header X-Forwarded-Proto $scheme;",
      "proxy_set_header X-Forwarded-Host $host:$server_port;",
    ]) {
      assert.ok(embed.includes(line) && studio.includes(line), line);
    }
  });

  it("lets no session through an embed host, in either direction, and keeps the studio's", () => {
    assert.match(embed, /proxy_set_header Cookie "";/);
    assert.match(embed, /proxy_hide_header Set-Cookie;/);
    assert.doesNotMatch(studio, /Cookie/);
  });

  it("never logs a query string or a Referer", () => {
    const format = /log_format path '([^']+)'/.exec(text)?.[1] ?? "";
    assert.match(format, /\$logged /);
    assert.doesNotMatch(format, /\$uri/);
    assert.ok(text.includes(loggedPath.split("\n")[2] ?? "nothing"));
    assert.doesNotMatch(text, /\$request\b(?!_)|\$args|\$query_string|\$http_referer|\$request_uri|\$is_args/);
    for (const [line] of text.matchAll(/access_log [^;]+;/g)) assert.match(line, / path;$| off;$/);
  });

  it("takes limits and time-outs from the contract", () => {
    const { limits, timeouts } = platform;
    assert.ok(text.includes(`client_max_body_size ${limits.bodyMaxBytes};`));
    assert.match(text, new RegExp(`large_client_header_buffers \\d+ ${limits.requestLineBytes};`));
    assert.ok(text.includes(`proxy_read_timeout ${timeouts.proxyReadSeconds}s;`));
  });

  it("serves files with a content hash from disk, compressed and immutable", () => {
    const pattern = new RegExp(/location ~ "([^"]+)"/.exec(embed)?.[1] ?? "nothing");
    assert.match("/static/assets/000bc761e5962a2869e2.chunk.js", pattern);
    assert.match("/static/assets/embedded.00485e9e567811f3ef35.entry.js", pattern);
    assert.doesNotMatch("/static/assets/manifest.json", pattern);
    assert.match(embed, /immutable/);
    assert.match(text, /gzip on;/);
  });

  it("quotes paths and names a user only for root", () => {
    assert.ok(text.includes('pid "/s/a \\"b\\"/nginx/nginx.pid";'));
    assert.doesNotMatch(text, /^user /m);
    assert.match(nginxConfiguration({ ...props, asRoot: true }), /^user root;$/m);
  });

  it("leaves the portal out when asked", () => {
    assert.doesNotMatch(nginxConfiguration({ ...props, withPortal: false }), /portal|school\.localhost/);
  });
});
