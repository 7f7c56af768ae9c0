import type { Server } from "node:http";
import { ClientAssertions } from "../client-assertion.ts";
import type { KeyReader } from "../keys/key-store.ts";
import type { ServiceConfig } from "../service-config.ts";
import type { Recorder } from "../token-event.ts";
import { TokenIssuer } from "../minting/token-issuer.ts";
import { TokenRevoker } from "../revocation/token-revoker.ts";
import { createTokenServer } from "./token-server.ts";
import type { TrustStore } from "../revocation/trust-store.ts";

export interface TokenServiceProps {
  readonly config: ServiceConfig;
  readonly keys: KeyReader;
  readonly trust: TrustStore;
  /** Seconds since 1970, fractions included. */
  readonly clock: () => number;
  readonly record: Recorder;
  readonly report: (error: unknown) => void;
}

export function createTokenService(props: TokenServiceProps): Server {
  const { config, keys, trust, clock, record, report } = props;
  const assertions = new ClientAssertions(config.clients, config.assertionAudience, trust);
  const issuer = new TokenIssuer({ config, assertions, keys, trust, clock, record });
  const revoker = new TokenRevoker({ assertions, keys, trust, clock, record });
  return createTokenServer({ issuer, revoker, keys, report });
}
