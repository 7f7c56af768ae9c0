// Writes the files with which the local start runs the token service and the portal:
//   HOMEROOM_TOKENS_CONFIG=<files.tokensConfig> tsx runtime/tokens/server/token.service.ts
//   HOMEROOM_PORTAL_CONFIG=<files.portalConfig> tsx examples/school-portal/server.ts
import { createPrivateKey, createPublicKey, generateKeyPair } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { DirectoryKeyStore } from "../../adapters/local/directory-key-store.ts";
import { embeddedDashboards } from "../../../contract/dashboards.ts";
import { roles } from "../../../contract/index.ts";
import { parseServiceConfig, type ServiceConfig } from "../service-config.ts";
import { generateSigningKey, type NewSigningKey, thumbprint } from "../keys/signing-key.ts";

export interface LocalUrls {
  readonly issuers: readonly { readonly tenant: string; readonly issuer: string }[];
  readonly audience: string;
  readonly tokensPort: number;
  readonly portalPort: number;
  readonly trustStore: ServiceConfig["trustStore"];
  /** Origins of the embed hosts, with their ports. */
  readonly embedOrigins: { readonly https: readonly string[]; readonly http: readonly string[] };
}

export interface LocalTokenFiles {
  readonly jwks: string;
  readonly tokensConfig: string;
  readonly portalConfig: string;
}

const portalClient = "school-portal";

/** Creates keys where they are missing, and writes the configuration files anew from `urls`. */
export async function ensureLocalKeys(stateDir: string, urls: LocalUrls): Promise<LocalTokenFiles> {
  const root = resolve(stateDir);
  const store = new DirectoryKeyStore(join(root, "keys"));
  await ensureSigningKeys(store, urls.issuers);
  const clientKeyFile = join(root, "portal", "client-key.pem");
  const clientKey = await ensureClientKey(clientKeyFile);
  const files = {
    jwks: store.jwksFile,
    tokensConfig: join(root, "tokens", "service.json"),
    portalConfig: join(root, "portal", "portal.json"),
  };
  const tokensUrl = `http://127.0.0.1:${urls.tokensPort}`;
  const dashboards = embeddedDashboards();
  const config: ServiceConfig = {
    host: "127.0.0.1",
    port: urls.tokensPort,
    audience: urls.audience,
    assertionAudience: `${tokensUrl}/v1/tokens`,
    keys: { directory: store.directory },
    trustStore: urls.trustStore,
    embedOrigins: { https: [...urls.embedOrigins.https], http: [...urls.embedOrigins.http] },
    dashboards,
    clients: [
      {
        id: portalClient,
        keys: [clientKey],
        tenants: urls.issuers.map(({ tenant }) => tenant),
        roles: [...roles],
        dashboards: Object.keys(dashboards),
        requestsPerMinute: 6000,
      },
    ],
  };
  writeJson(files.tokensConfig, parseServiceConfig(config, files.tokensConfig));
  writeJson(files.portalConfig, {
    host: "127.0.0.1",
    port: urls.portalPort,
    homeroom: {
      url: tokensUrl,
      assertionAudience: config.assertionAudience,
      clientId: portalClient,
      clientKeyId: clientKey.kid,
      clientKeyFile,
    },
    embedOrigins: config.embedOrigins,
  });
  return files;
}

async function ensureSigningKeys(store: DirectoryKeyStore, issuers: LocalUrls["issuers"]): Promise<void> {
  const now = Math.floor(Date.now() / 1000);
  const { keys } = await store.read();
  const created: NewSigningKey[] = [];
  for (const { tenant, issuer } of issuers) {
    const usable = await Promise.all(
      keys
        .filter(
          (key) =>
            key.iss === issuer && key.tenants.includes(tenant) && key.activate_at <= now && key.retire_at === null,
        )
        .map(({ kid }) => store.privateKey(kid)),
    );
    if (usable.some((key) => key !== undefined)) continue;
    created.push(await generateSigningKey({ issuer, tenants: [tenant], activateAt: now }));
  }
  if (created.length > 0) await store.add(created);
}

async function ensureClientKey(file: string): Promise<ServiceConfig["clients"][number]["keys"][number]> {
  if (!existsSync(file)) {
    const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
    replaceFile(file, pair.privateKey.export({ type: "pkcs8", format: "pem" }).toString(), 0o600);
  }
  const { n = "", e = "" } = createPublicKey(createPrivateKey(readFileSync(file))).export({ format: "jwk" });
  return { kty: "RSA", n, e, kid: thumbprint({ e, kty: "RSA", n }), alg: "RS256", use: "sig" };
}

function writeJson(file: string, value: unknown): void {
  replaceFile(file, `${JSON.stringify(value, null, 2)}\n`, 0o600);
}

function replaceFile(file: string, text: string, mode: number): void {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  writeFileSync(`${file}.new`, text, { mode });
  renameSync(`${file}.new`, file);
}
