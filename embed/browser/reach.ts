export type Reach = "reachable" | "unreachable" | "unknown";

const timeoutMs = 10_000;

/** Whether a host answers at all. A page whose connect-src does not list it cannot know. */
export async function reach(origin: string): Promise<Reach> {
  const stop = new AbortController();
  let forbidden = false;
  document.addEventListener(
    "securitypolicyviolation",
    (event) => (forbidden ||= event.blockedURI.startsWith(origin) && event.effectiveDirective === "connect-src"),
    { signal: stop.signal },
  );
  try {
    await fetch(`${origin}/health`, {
      mode: "no-cors",
      cache: "no-store",
      credentials: "omit",
      signal: AbortSignal.timeout(timeoutMs),
    });
    return "reachable";
  } catch {
    // The event about the policy comes after the rejection.
    await new Promise((resolve) => setTimeout(resolve, 100));
    return forbidden ? "unknown" : "unreachable";
  } finally {
    stop.abort();
  }
}
