import { embedOrigin, embedUrl } from "../runtime/tokens/minting/embed-url.ts";
import { mintToken } from "../runtime/tokens/minting/mint.ts";
import { Refusal } from "../runtime/tokens/refusal.ts";
import { EmbedError, type EmbedErrorCode } from "./embed-error.ts";
import { checkRequest, type Embed, type EmbedRequest, type Homeroom } from "./homeroom.ts";
import type { SigningKeys } from "./signing-keys.ts";

/** Props of signing in this process. */
export interface LocalSignerProps {
  /** Signs with this issuer's keys only. */
  readonly issuer: string;
  /** Tenants that this backend serves; a key's own list narrows them further. */
  readonly tenants: readonly string[];
  /** `secretsManagerKeys(…)`, or a store of your own. */
  readonly keys: SigningKeys;
  /** Hosts that serve dashboards, such as `https://analytics1.example.edu.au`; each dashboard keeps to one of them. */
  readonly embedOrigins: readonly string[];
  /** UUIDs by slug, as `embeddedUuid(slug)` returns them. */
  readonly dashboards: Readonly<Record<string, string>>;
  /** The `aud` claim. @default "homeroom" */
  readonly audience?: string;
  /** The time in seconds since 1970. @default the machine's clock */
  readonly clock?: () => number;
}

/** Signs tokens in this process; nothing but the key is fetched. */
export function localSigner(props: LocalSignerProps): Homeroom {
  return { embed: (request) => sign(request, props) };
}

async function sign(request: EmbedRequest, props: LocalSignerProps): Promise<Embed> {
  checkRequest(request);
  const { tenant, dashboard, person, transport = "https" } = request;
  if (!props.tenants.includes(tenant)) {
    throw refused(`issuer ${props.issuer} may not sign for tenant ${JSON.stringify(tenant)}`, props.tenants);
  }
  const embeddedUuid = Object.hasOwn(props.dashboards, dashboard) ? props.dashboards[dashboard] : undefined;
  if (embeddedUuid === undefined) {
    throw refused(`no dashboard is called ${JSON.stringify(dashboard)}`, Object.keys(props.dashboards));
  }
  const origins = props.embedOrigins.filter((origin) => origin.startsWith(`${transport}://`));
  if (origins.length === 0) throw refused(`no embed origin serves ${transport}`, props.embedOrigins);
  const { token, claims } = await mintToken(
    { person, tenant, dashboard, lifetime: request.lifetimeSeconds, issuer: props.issuer },
    {
      keys: props.keys,
      audience: props.audience ?? "homeroom",
      now: Math.floor((props.clock ?? (() => Date.now() / 1000))()),
    },
  ).catch((error: unknown) => {
    throw error instanceof Refusal ? explained(error) : error;
  });
  const origin = embedOrigin(origins, tenant, dashboard);
  return {
    token,
    expiresAt: claims.exp,
    embedUrl: embedUrl(origin, dashboard, token),
    embedOrigin: origin,
    embeddedUuid,
  };
}

const refused = (message: string, allowed: readonly string[]): EmbedError =>
  new EmbedError({ code: "refused", message: `${message}; allowed: ${allowed.join(", ") || "none"}` });

const codes: Readonly<Record<string, EmbedErrorCode>> = { no_key: "no_key", no_private_key: "no_key" };

const explained = (refusal: Refusal): EmbedError =>
  new EmbedError({ code: codes[refusal.code] ?? "claims", message: refusal.message, cause: refusal });
