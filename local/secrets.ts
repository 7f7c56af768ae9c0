import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { platform } from "../contract/index.ts";
import type { State } from "./state.ts";

const OWNER_SECRETS = ["postgres-superuser", "schools-owner", "audit-writer", "audit-reader"] as const;
export type OwnerSecret = (typeof OWNER_SECRETS)[number];
export type PlatformSecret = keyof typeof platform.secretFiles;

/** Random passwords as files of mode 0600: written once, never printed, never passed as an argument. */
export class Secrets {
  constructor(private readonly state: State) {}

  create(): void {
    for (const name of Object.values(platform.secretFiles)) writeOnce(join(this.state.secrets, name));
    for (const name of OWNER_SECRETS) writeOnce(join(this.state.ownerSecrets, name));
  }

  platform(name: PlatformSecret): string {
    return readFileSync(join(this.state.secrets, platform.secretFiles[name]), "utf8");
  }

  owner(name: OwnerSecret): string {
    return readFileSync(join(this.state.ownerSecrets, name), "utf8");
  }
}

function writeOnce(path: string): void {
  if (existsSync(path)) return;
  // Renamed when complete: a start that is killed here leaves no half secret.
  writeFileSync(`${path}.new`, randomBytes(32).toString("base64url"), { mode: 0o600 });
  renameSync(`${path}.new`, path);
}
