import type { Hosts } from "./hosts.ts";
import type { LocalSettings } from "./settings.ts";

export interface Urls {
  readonly portal: string;
  readonly portalTls: string;
  readonly studio: string;
  readonly studioTls: string;
  readonly embeds: readonly string[];
  readonly embedsTls: readonly string[];
  readonly tokens: string;
  /** gunicorn itself, without nginx in front. */
  readonly web: string;
}

export function urlsOf(settings: LocalSettings, hosts: Hosts): Urls {
  const { address, ports } = settings;
  const plain = (host: string): string => `http://${host}:${ports.http}`;
  const tls = (host: string): string => `https://${host}:${ports.https}`;
  return {
    portal: plain(hosts.portal),
    portalTls: tls(hosts.portal),
    studio: plain(hosts.studio),
    studioTls: tls(hosts.studio),
    embeds: hosts.embeds.map(plain),
    embedsTls: hosts.embeds.map(tls),
    tokens: `http://${address}:${ports.tokens}`,
    web: `http://${address}:${ports.web}`,
  };
}
