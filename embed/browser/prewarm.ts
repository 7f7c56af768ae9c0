/** The dashboard that is loaded ahead. */
export interface PrewarmProps {
  /** Host of the dashboard: `embedOrigin` of an Embed. */
  readonly embedOrigin: string;
  /** `embeddedUuid` of an Embed. */
  readonly embeddedUuid: string;
}

const longestMs = 30_000;
const settleMs = 3000;

/** Loads the dashboard's scripts before anybody clicks, without a token; the frame takes itself away. */
export function prewarm({ embedOrigin, embeddedUuid }: PrewarmProps): void {
  const frame = document.createElement("iframe");
  frame.hidden = true;
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.sandbox.add("allow-scripts", "allow-same-origin");
  frame.referrerPolicy = "strict-origin";
  const end = (): void => frame.remove();
  // The scripts ask for more scripts once they run.
  frame.addEventListener("load", () => setTimeout(end, settleMs));
  setTimeout(end, longestMs);
  frame.src = `${embedOrigin}/embedded/${embeddedUuid}`;
  document.body.append(frame);
}
