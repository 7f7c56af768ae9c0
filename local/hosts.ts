import { platform } from "../contract/index.ts";
import type { LocalSettings } from "./settings.ts";

export interface Hosts {
  readonly embeds: readonly string[];
  readonly studio: string;
  readonly portal: string;
}

export function hostsOf(settings: LocalSettings): Hosts {
  return {
    embeds: Array.from({ length: platform.embedShards }, (_, index) => `analytics${index + 1}.${settings.domain}`),
    studio: settings.studioHost,
    portal: settings.portalHost,
  };
}

export function allHosts(hosts: Hosts): string[] {
  return [...hosts.embeds, hosts.studio, hosts.portal];
}

/** Returns the HTTP and the HTTPS origin of each host. */
export function originsOf(settings: LocalSettings, hosts: readonly string[]): string[] {
  return hosts.flatMap((host) => [`http://${host}:${settings.ports.http}`, `https://${host}:${settings.ports.https}`]);
}
