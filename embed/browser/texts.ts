/** The texts that the helper shows to people; give your own for other languages. */
export interface Texts {
  /** The dashboard is on its way. */
  readonly loading: string;
  /** The host product gives no answer. */
  readonly unreachable: string;
  /** 401 of the host product. */
  readonly signedOut: string;
  /** 403 of the host product. */
  readonly forbidden: string;
  /** The host product answers, but has no token. */
  readonly unavailable: string;
  /** The dashboard's own host gives no answer. */
  readonly serviceUnreachable: string;
  /** A policy of the page or of the dashboard's host forbids the frame. */
  readonly blocked: string;
  /** The token was refused while the dashboard was open, by a revocation for instance. */
  readonly ended: string;
  /** A new token was refused as well. */
  readonly refused: string;
  /** Caption of the button beneath a problem. */
  readonly retry: string;
}

/** Why a dashboard is not in sight; `Texts` says what each of them means. */
export type Problem = Exclude<keyof Texts, "loading" | "retry">;

export const english: Texts = {
  loading: "Opening the dashboard…",
  unreachable: "No connection. The dashboard comes back by itself as soon as there is one.",
  signedOut: "You are signed out. Sign in again to see the dashboard.",
  forbidden: "You may not open this dashboard. If you should, sign in again or ask your school.",
  unavailable: "The dashboard is not available now. We keep trying.",
  serviceUnreachable: "The dashboard's server cannot be reached. We keep trying.",
  blocked: "This page may not show the dashboard. Tell the people who run it.",
  ended: "Your access to this dashboard was ended. Asking for it again…",
  refused: "The dashboard's server does not accept your access. Sign in again or ask your school.",
  retry: "Try again",
};
