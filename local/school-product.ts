import { join } from "node:path";
import { hostsOf } from "./hosts.ts";
import type { Part } from "./part.ts";
import type { Processes } from "./processes.ts";
import type { LocalSettings } from "./settings.ts";
import type { State } from "./state.ts";

export interface ProductPart {
  readonly part: Part;
  readonly port: number;
  /** Answers with success once the part serves. */
  readonly path: string;
}

const SCRIPT = (repository: string, file: string): string[] => ["--import", "tsx", join(repository, file)];

export function startTokenService(
  processes: Processes,
  state: State,
  settings: LocalSettings,
  repository: string,
  env: NodeJS.ProcessEnv,
): ProductPart {
  const part = processes.start({
    name: "token-service",
    command: process.execPath,
    args: SCRIPT(repository, "runtime/tokens/token.service.ts"),
    env: {
      ...env,
      HOMEROOM_TOKENS_ADDRESS: settings.address,
      HOMEROOM_TOKENS_PORT: String(settings.ports.tokens),
      HOMEROOM_TOKENS_KEYS_DIR: state.keys,
      HOMEROOM_TOKENS_AUDIENCE: settings.audience,
    },
    cwd: repository,
  });
  return { part, port: settings.ports.tokens, path: "/health" };
}

export function startPortal(
  processes: Processes,
  _state: State,
  settings: LocalSettings,
  repository: string,
  env: NodeJS.ProcessEnv,
): ProductPart {
  const part = processes.start({
    name: "school-portal",
    command: process.execPath,
    args: SCRIPT(repository, "examples/school-portal/server.ts"),
    env: {
      ...env,
      PORTAL_ADDRESS: settings.address,
      PORTAL_PORT: String(settings.ports.portal),
      PORTAL_TOKENS_URL: `http://${settings.address}:${settings.ports.tokens}`,
      PORTAL_EMBED_HOSTS: hostsOf(settings).embeds.join(","),
    },
    cwd: repository,
  });
  return { part, port: settings.ports.portal, path: "/" };
}
