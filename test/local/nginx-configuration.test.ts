import { describe, expect, it } from "@jest/globals";
import { loggedPath, platform } from "../../contract/index.ts";
import { type NginxProps, nginxConfiguration } from "../../local/nginx-configuration.ts";
import { expecting } from "../support/expecting.ts";
import { present } from "../support/narrowing.ts";

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
  present(block, `no server for ${host}`);
  return block;
}

describe("nginx configuration", () => {
  const text = nginxConfiguration(props);
  const embed = serverOf(text, "analytics1.homeroom.localhost");
  const studio = serverOf(text, "studio.homeroom.localhost");

  it("listens on the loopback only, plain and with TLS 1.2 and 1.3 and HTTP/2", () => {
    const listens = [...text.matchAll(/listen ([^;]+);/g)].map(([, value]) => value ?? "");
    expect(listens.length).toBeGreaterThanOrEqual(8);
    for (const value of listens) expect(value).toMatch(/^127\.0\.0\.1:(8080|8443 ssl)( default_server)?$/);
    expect(text).toMatch(/ssl_protocols TLSv1\.2 TLSv1\.3;/);
    expect(embed).toMatch(/http2 on;/);
  });

  it("refuses a host that it does not serve", () => {
    expect(text).toMatch(/default_server;\n {4}http2 on;\n {4}server_name _;\n {4}return 421;/);
  });

  it("sends the proxy headers of production", () => {
    for (const line of [
      "proxy_set_header Host $host:$server_port;",
      "proxy_set_header X-Real-IP $remote_addr;",
      "proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;",
      "proxy_set_header X-Forwarded-Proto $scheme;",
      "proxy_set_header X-Forwarded-Host $host:$server_port;",
    ]) {
      expecting(line, embed).toContain(line);
      expecting(line, studio).toContain(line);
    }
  });

  it("lets no session through an embed host, in either direction, and keeps the studio's", () => {
    expect(embed).toMatch(/proxy_set_header Cookie "";/);
    expect(embed).toMatch(/proxy_hide_header Set-Cookie;/);
    expect(studio).not.toMatch(/Cookie/);
  });

  it("never logs a query string or a Referer", () => {
    const format = /log_format path '([^']+)'/.exec(text)?.[1] ?? "";
    expect(format).toMatch(/\$logged /);
    expect(format).not.toMatch(/\$uri/);
    expect(text).toContain(loggedPath.split("\n")[2] ?? "nothing");
    expect(text).not.toMatch(/\$request\b(?!_)|\$args|\$query_string|\$http_referer|\$request_uri|\$is_args/);
    for (const [line] of text.matchAll(/access_log [^;]+;/g)) expect(line).toMatch(/ path;$| off;$/);
  });

  it("takes limits and time-outs from the contract", () => {
    const { limits, timeouts } = platform;
    expect(text).toContain(`client_max_body_size ${limits.bodyMaxBytes};`);
    expect(text).toMatch(new RegExp(`large_client_header_buffers \\d+ ${limits.requestLineBytes};`));
    expect(text).toContain(`proxy_read_timeout ${timeouts.proxyReadSeconds}s;`);
  });

  it("limits the requests of one address as the cluster does, files from disk aside", () => {
    const { embeds, studio: ofStudio } = platform.addressLimits;
    expect(text).toContain(`limit_req_zone $binary_remote_addr zone=embeds:10m rate=${embeds.perSecond}r/s;`);
    expect(text).toContain(`limit_req_zone $binary_remote_addr zone=studio:10m rate=${ofStudio.perSecond}r/s;`);
    expect(text).toContain("limit_req_status 429;");
    expect(embed.split(`limit_req zone=embeds burst=${embeds.burst} nodelay;`)).toHaveLength(2);
    expect(studio.split(`limit_req zone=studio burst=${ofStudio.burst} nodelay;`)).toHaveLength(2);
  });

  it("serves files with a content hash from disk, compressed and immutable", () => {
    const pattern = new RegExp(/location ~ "([^"]+)"/.exec(embed)?.[1] ?? "nothing");
    expect("/static/assets/000bc761e5962a2869e2.chunk.js").toMatch(pattern);
    expect("/static/assets/embedded.00485e9e567811f3ef35.entry.js").toMatch(pattern);
    expect("/static/assets/manifest.json").not.toMatch(pattern);
    expect(embed).toMatch(/immutable/);
    expect(text).toMatch(/gzip on;/);
  });

  it("quotes paths and names a user only for root", () => {
    expect(text).toContain('pid "/s/a \\"b\\"/nginx/nginx.pid";');
    expect(text).not.toMatch(/^user /m);
    expect(nginxConfiguration({ ...props, asRoot: true })).toMatch(/^user root;$/m);
  });

  it("leaves the portal out when asked", () => {
    expect(nginxConfiguration({ ...props, withPortal: false })).not.toMatch(/portal|school\.localhost/);
  });
});
