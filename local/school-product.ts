import { join } from "node:path";
import { tokenServiceUser } from "../contract/index.ts";
import { ensureLocalKeys, type LocalTokenFiles } from "../runtime/tokens/server/local-setup.ts";
import { hostsOf } from "./hosts.ts";
import type { Part } from "./part.ts";
import type { Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

/** Signing keys, the portal's own key and the files that the token service and the portal read. */
export function createProductFiles(state: State, settings: LocalSettings, secrets: Secrets): Promise<LocalTokenFiles> {
  const { embeds } = hostsOf(settings);
  const { ports } = settings;
  return ensureLocalKeys(state.root, {
    issuers: settings.issuers,
    audience: settings.audience,
    tokensPort: ports.tokens,
    portalPort: ports.portal,
    trustStore: {
      url: `redis://${tokenServiceUser.name}@${settings.address}:${ports.brokerRedis}`,
      passwordFile: secrets.tokenServicePasswordFile,
    },
    embedOrigins: {
      https: embeds.map((host) => `https://${host}:${ports.https}`),
      http: embeds.map((host) => `http://${host}:${ports.http}`),
    },
  });
}

export class SchoolProduct {
  constructor(
    private readonly repository: string,
    private readonly files: LocalTokenFiles,
    private readonly base: NodeJS.ProcessEnv,
  ) {}

  startTokenService(processes: Processes): Part {
    return this.start(processes, "token-service", "runtime/tokens/server/token.service.ts", {
      HOMEROOM_TOKENS_CONFIG: this.files.tokensConfig,
    });
  }

  startPortal(processes: Processes): Part {
    return this.start(processes, "school-portal", "examples/school-portal/server.ts", {
      HOMEROOM_PORTAL_CONFIG: this.files.portalConfig,
    });
  }

  private start(processes: Processes, name: string, file: string, env: NodeJS.ProcessEnv): Part {
    return processes.start({
      name,
      command: process.execPath,
      args: ["--import", "tsx", join(this.repository, file)],
      env: { ...this.base, ...env },
      // Node finds tsx from here.
      cwd: this.repository,
    });
  }
}
