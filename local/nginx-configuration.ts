import { loggedPath, platform } from "../contract/index.ts";
import type { CertificateFiles } from "./certificates.ts";
import type { Hosts } from "./hosts.ts";
import type { Ports } from "./settings.ts";

export interface NginxProps {
  readonly address: string;
  readonly ports: Pick<Ports, "http" | "https" | "web" | "portal">;
  readonly hosts: Hosts;
  readonly certificates: CertificateFiles;
  /** Folder for nginx's temporary files and pid. */
  readonly folder: string;
  readonly accessLog: string;
  /** Python's site-packages, which hold the built front end. */
  readonly packages: string;
  readonly withPortal: boolean;
  /**
   * Whether nginx is started as root. By default its workers would then run as a user who cannot read the state folder.
   */
  readonly asRoot: boolean;
}

const proxyHeaders = `
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host:$server_port;
      proxy_set_header X-Real-IP $remote_addr;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_set_header X-Forwarded-Host $host:$server_port;
      proxy_set_header X-Forwarded-Port $server_port;`;

/** Returns the bounds of requests and answers, and their compression. */
function transfer(): string {
  const { limits, timeouts } = platform;
  return `  server_tokens off;
  sendfile on;
  tcp_nopush on;
  keepalive_timeout 65;
  client_max_body_size ${limits.bodyMaxBytes};
  client_header_buffer_size 2k;
  large_client_header_buffers ${Math.ceil(limits.headerBuffersBytes / limits.requestLineBytes) + 1} ${limits.requestLineBytes};
  client_header_timeout ${timeouts.proxyReadSeconds}s;
  client_body_timeout ${timeouts.proxyReadSeconds}s;
  proxy_connect_timeout 5s;
  proxy_read_timeout ${timeouts.proxyReadSeconds}s;
  proxy_send_timeout ${timeouts.proxyReadSeconds}s;
  proxy_buffer_size 16k;
  proxy_buffers 16 16k;
  proxy_busy_buffers_size 64k;

  gzip on;
  gzip_vary on;
  gzip_proxied any;
  gzip_comp_level 5;
  gzip_min_length 1024;
  gzip_types text/css application/javascript application/json image/svg+xml font/ttf application/vnd.ms-fontobject;
`;
}

const tls = ({ certificates }: NginxProps): string => `  ssl_protocols TLSv1.2 TLSv1.3;
  ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305;
  ssl_certificate ${quote(certificates.certificate)};
  ssl_certificate_key ${quote(certificates.key)};
  ssl_session_cache shared:tls:2m;
  ssl_session_timeout 1h;
  ssl_session_tickets off;`;

export function nginxConfiguration(props: NginxProps): string {
  const { addressLimits } = platform;
  const { address, folder } = props;
  return `# Written anew by every start: change local/nginx-configuration.ts instead.
${props.asRoot ? "user root;\n" : ""}daemon off;
worker_processes 2;
pid ${quote(`${folder}/nginx.pid`)};
# An error line quotes the whole request line, which holds a token on embed hosts: only fatal errors are written.
error_log stderr emerg;

events {
  worker_connections 1024;
}

http {
  types {
    text/html html;
    text/css css;
    application/javascript js mjs;
    application/json json map geojson;
    image/svg+xml svg;
    image/png png;
    image/gif gif;
    image/jpeg jpg jpeg;
    image/x-icon ico;
    font/woff woff;
    font/woff2 woff2;
    font/ttf ttf;
    application/vnd.ms-fontobject eot;
  }
  default_type application/octet-stream;
  charset utf-8;

${loggedPath.replaceAll(/^/gm, "  ")}
  # The log holds the path only, because query strings and Referer carry tokens.
  log_format path '$time_iso8601 $remote_addr $host $request_method $logged $server_protocol $status $body_bytes_sent $request_time $upstream_response_time';
  access_log ${quote(props.accessLog)} path;

  client_body_temp_path ${quote(`${folder}/client-body`)};
  proxy_temp_path ${quote(`${folder}/proxy`)};
  fastcgi_temp_path ${quote(`${folder}/fastcgi`)};
  uwsgi_temp_path ${quote(`${folder}/uwsgi`)};
  scgi_temp_path ${quote(`${folder}/scgi`)};

${transfer()}
${tls(props)}

  # Per address, as in the cluster: a class of thirty behind one opens a dashboard at once. Superset's gate limits a person.
${(["embeds", "studio"] as const)
  .map((name) => `  limit_req_zone $binary_remote_addr zone=${name}:10m rate=${addressLimits[name].perSecond}r/s;`)
  .join("\n")}
  limit_req_status 429;

  upstream superset {
    server ${address}:${props.ports.web};
    keepalive 32;
    keepalive_timeout 60s;
  }
${props.withPortal ? portalUpstream(props) : ""}
  server {
    listen ${address}:${props.ports.http} default_server;
    listen ${address}:${props.ports.https} ssl default_server;
    http2 on;
    server_name _;
    return 421;
  }
${server(props, props.hosts.embeds, embedLocations(props))}
${server(props, [props.hosts.studio], studioLocations(props))}
${props.withPortal ? server(props, [props.hosts.portal], portalLocations()) : ""}}
`;
}

function server(props: NginxProps, hosts: readonly string[], locations: string): string {
  return `
  server {
    listen ${props.address}:${props.ports.http};
    listen ${props.address}:${props.ports.https} ssl;
    http2 on;
    server_name ${hosts.join(" ")};
${locations}
  }`;
}

function portalUpstream(props: NginxProps): string {
  return `
  upstream portal {
    server ${props.address}:${props.ports.portal};
    keepalive 8;
  }
`;
}

function requestLimit(zone: "embeds" | "studio"): string {
  return `      limit_req zone=${zone} burst=${platform.addressLimits[zone].burst} nodelay;`;
}

function embedLocations(props: NginxProps): string {
  return `${staticLocations(props)}
    location / {${proxyHeaders}
      # A session never takes precedence over a token: an embed host neither receives nor sets a cookie.
      proxy_set_header Cookie "";
      proxy_hide_header Set-Cookie;
${requestLimit("embeds")}
      proxy_pass http://superset;
    }`;
}

function studioLocations(props: NginxProps): string {
  return `${staticLocations(props)}
    location / {${proxyHeaders}
${requestLimit("studio")}
      proxy_pass http://superset;
    }`;
}

function portalLocations(): string {
  return `    location / {${proxyHeaders}
      proxy_pass http://portal;
    }`;
}

/**
 * Returns locations that serve built files from disk, without gunicorn. A file whose name holds a content hash never
 * changes.
 */
function staticLocations(props: NginxProps): string {
  return `    location ~ "^/static/assets/(.*[.])?[0-9a-f]{20}[.]" {
      root ${quote(`${props.packages}/superset`)};
      add_header Cache-Control "public, max-age=31536000, immutable";
      add_header X-Content-Type-Options nosniff;
      access_log off;
    }
    location /static/ {
      root ${quote(`${props.packages}/superset`)};
      add_header Cache-Control "public, max-age=3600";
      add_header X-Content-Type-Options nosniff;
      access_log off;
    }
    location /static/appbuilder/ {
      alias ${quote(`${props.packages}/flask_appbuilder/static/appbuilder/`)};
      add_header Cache-Control "public, max-age=3600";
      add_header X-Content-Type-Options nosniff;
      access_log off;
    }`;
}

/** Quotes a path as one word of nginx's configuration. */
function quote(path: string): string {
  return `"${path.replace(/["\\$]/g, "\\$&")}"`;
}
