import { join } from "node:path";
import { tokenServiceUser } from "../contract/index.ts";
import { ensureLocalKeys, type LocalTokenFiles } from "../runtime/tokens/server/local-setup.ts";
import { hostsOf } from "./hosts.ts";
import type { SupervisedProcess } from "./supervised-process.ts";
import type { Processes } from "./processes.ts";
import type { Secrets } from "./secrets.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

/** Creates the signing keys, the portal's key and the configuration files of the token service and the portal. */
export function createProductFiles(state: State, settings: LocalSettings, secrets: Secrets): Promise<LocalTokenFiles> {
  const { embeds } = hostsOf(settings);
  const { ports } = settings;
  return ensureLocalKeys(state.root, {
    issuers: settings.issuers,
    audience: settings.supersetSettings.audience,
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
  readonly #repository: string;
  readonly #files: LocalTokenFiles;
  readonly #inheritedEnv: NodeJS.ProcessEnv;

  constructor(repository: string, files: LocalTokenFiles, inheritedEnv: NodeJS.ProcessEnv) {
    this.#repository = repository;
    this.#files = files;
    this.#inheritedEnv = inheritedEnv;
  }

  startTokenService(processes: Processes): SupervisedProcess {
    return this.#start(processes, "token-service", "runtime/tokens/server/token.service.ts", {
      HOMEROOM_TOKENS_CONFIG: this.#files.tokensConfig,
    });
  }

  startPortal(processes: Processes): SupervisedProcess {
    return this.#start(processes, "school-portal", "examples/school-portal/server.ts", {
      HOMEROOM_PORTAL_CONFIG: this.#files.portalConfig,
    });
  }

  #start(processes: Processes, name: string, file: string, env: NodeJS.ProcessEnv): SupervisedProcess {
    return processes.start({
      name,
      command: process.execPath,
      args: ["--import", "tsx", join(this.#repository, file)],
      env: { ...this.#inheritedEnv, ...env },
      // Node resolves tsx from the working directory.
      cwd: this.#repository,
    });
  }
}
