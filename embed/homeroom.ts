import { EmbedError } from "./embed-error.ts";
import { type Person, personProblems } from "./person.ts";

/** A request for a dashboard: the person, the tenant and the dashboard. */
export interface EmbedRequest {
  /** The person who looks at the dashboard. */
  readonly person: Person;
  /** Name of the tenant whose data is shown. */
  readonly tenant: string;
  /** Slug of the dashboard. */
  readonly dashboard: string;
  /** Whole seconds, 1 to 3600. @default 3600 */
  readonly lifetimeSeconds?: number | undefined;
  /** Plain http exists for hosts under .localhost only. @default "https" */
  readonly transport?: "https" | "http" | undefined;
}

/** A token, and where the dashboard that it opens is. */
export interface Embed {
  /** The signed token: hand it to the browser of this person, log it never. */
  readonly token: string;
  /** When the token ends, in seconds since 1970. */
  readonly expiresAt: number;
  /** Opens the dashboard by itself; carries the token. */
  readonly embedUrl: string;
  /** `supersetDomain` of the embedded SDK. */
  readonly embedOrigin: string;
  /** `id` of the embedded SDK. */
  readonly embeddedUuid: string;
}

/** Both ways to a token: `tokenService` asks for it, `localSigner` signs it. */
export interface Homeroom {
  /** Rejects with an EmbedError. */
  embed(request: EmbedRequest): Promise<Embed>;
}

/** Refuses before anything is sent or signed. */
export function checkRequest({ person }: EmbedRequest): void {
  const problems = personProblems(person);
  if (problems.length > 0) throw new EmbedError({ code: "claims", message: problems.join("; ") });
}
