// As a namespace: Node, where pages are rendered ahead, finds no names in this CommonJS module.
import * as supersetSdk from "@superset-ui/embedded-sdk";
import { type Ask, askEndpoint, type Held, obtain } from "./embed-source.ts";
import { Message } from "./message.ts";
import { reach } from "./reach.ts";
import { english, type Problem, type Texts } from "./texts.ts";
import { Wake } from "./wake.ts";

/** Props that say which dashboard is shown, and how its tokens are asked for. */
export interface DashboardProps {
  /** Slug of the dashboard. */
  readonly dashboard: string;
  /** Where `embedHandler` of @homeroom/embed answers. @default "/api/embed" */
  readonly endpoint?: string;
  /** Asks in the product's own way, for instance with a CSRF header; its answer is read like the endpoint's. */
  readonly ask?: Ask;
  /** Name of the frame for screen readers. @default the slug in words */
  readonly title?: string;
  /** Texts that people read in place of the dashboard; those left out stay English. @default English */
  readonly texts?: Partial<Texts>;
  /** The parts that Superset shows around the charts. */
  readonly ui?: {
    /** Leaves the dashboard's title out. @default true */
    readonly hideTitle?: boolean;
    /** Leaves the row of tabs out. @default false */
    readonly hideTab?: boolean;
    /** Leaves the menu of each chart out. @default false */
    readonly hideChartControls?: boolean;
    /** The bar of filters. */
    readonly filters?: {
      /** Whether there is one. @default true */
      readonly visible?: boolean;
      /** Whether it begins unfolded. @default false */
      readonly expanded?: boolean;
    };
  };
  /** Called for the product's own monitoring; with undefined when the problem is over. */
  readonly onProblem?: (problem: Problem | undefined) => void;
}

/** A dashboard in the page. */
export interface MountedDashboard {
  /** Takes the dashboard and every listener away. */
  unmount(): void;
}

/** The SDK gives up waiting for a token after this; the waiting is ours, so it is as long as a timer can be. */
const forever = 2 ** 31 - 1;
const pausesMs = [1000, 2000, 4000, 8000, 15_000];
const pauseMs = (attempt: number): number => pausesMs[Math.min(attempt, pausesMs.length - 1)] ?? 15_000;
const checkMs = 2000;
const frameMs = 20_000;
/** A second refusal within this time is not answered with one more token. */
const refusedMs = 60_000;

/** Shows a dashboard in `element`, keeps its token fresh and says what is wrong when it cannot. */
export function mountDashboard(element: HTMLElement, props: DashboardProps): MountedDashboard {
  const dashboard = new Dashboard(element, props);
  dashboard.open();
  return { unmount: () => dashboard.unmount() };
}

/** One frame from its opening to its end. */
class View {
  readonly ended = new AbortController();
  /** The dashboard's scripts run and have answered. */
  alive = false;

  get isOpen(): boolean {
    return !this.ended.signal.aborted;
  }
}

class Dashboard {
  readonly #element: HTMLElement;
  readonly #props: DashboardProps;
  readonly #texts: Texts;
  readonly #ask: Ask;
  readonly #message: Message;
  readonly #container: HTMLElement;
  readonly #life = new AbortController();
  readonly #wake: Wake;
  #view = new View();
  #endsAt = Infinity;
  #asking: Promise<Held | undefined> | undefined;
  #isShut = false;
  #refusedAt = -Infinity;

  constructor(element: HTMLElement, props: DashboardProps) {
    this.#element = element;
    this.#props = props;
    this.#texts = { ...english, ...props.texts };
    this.#ask = props.ask ?? askEndpoint(props.endpoint ?? "/api/embed", props.dashboard);
    element.replaceChildren();
    this.#message = new Message(element);
    this.#container = element.ownerDocument.createElement("div");
    // The frame lies in the host's own layout.
    this.#container.style.display = "contents";
    element.append(this.#container);
    this.#wake = new Wake(this.#life.signal, () => (this.#isShut ? this.open() : this.#check()));
    addEventListener("message", (event) => this.#onMessage(event), { signal: this.#life.signal });
    // Timers stand still while a laptop sleeps: the SDK's would come up to an hour late.
    const timer = setInterval(() => this.#check(), checkMs);
    this.#life.signal.addEventListener("abort", () => clearInterval(timer));
  }

  open(): void {
    this.#removeFrame();
    this.#isShut = false;
    this.#message.tell(this.#texts.loading);
    void this.#show(this.#view);
  }

  unmount(): void {
    this.#life.abort();
    this.#removeFrame();
    this.#element.replaceChildren();
  }

  /** A token that ended while nobody could renew it. */
  #check(): void {
    if (document.visibilityState === "hidden") return;
    if (this.#asking === undefined && Date.now() >= this.#endsAt) this.open();
  }

  #removeFrame(): void {
    this.#view.ended.abort();
    this.#view = new View();
    this.#asking = undefined;
    this.#endsAt = Infinity;
    this.#container.replaceChildren();
  }

  async #show(view: View): Promise<void> {
    const first = await this.#fresh(view);
    if (first === undefined) return;
    const { embedOrigin, embeddedUuid } = first.embed;
    let next: string | undefined = first.embed.token;
    this.#watchFrame(embedOrigin, view);
    const sdk = await supersetSdk.embedDashboard({
      id: embeddedUuid,
      supersetDomain: embedOrigin,
      mountPoint: this.#container,
      fetchGuestToken: async () => {
        const token = next ?? (await this.#fresh(view))?.embed.token;
        next = undefined;
        return token ?? new Promise<never>(() => undefined);
      },
      guestTokenFetchTimeoutMs: forever,
      iframeTitle: this.#props.title ?? this.#props.dashboard.replaceAll("-", " "),
      referrerPolicy: "strict-origin",
      dashboardUiConfig: { hideTitle: true, filters: { expanded: false }, ...this.#props.ui },
    });
    if (!view.isOpen) return sdk.unmount();
    view.ended.signal.addEventListener("abort", () => sdk.unmount());
    await sdk.getScrollSize();
    if (!view.isOpen) return;
    view.alive = true;
    this.#clearWarning();
  }

  /** A new token, however long it takes; undefined when the person is refused or the view is gone. */
  #fresh(view: View): Promise<Held | undefined> {
    this.#asking ??= this.#askUntilAnswered(view).finally(() => {
      if (view.isOpen) this.#asking = undefined;
    });
    return this.#asking;
  }

  async #askUntilAnswered(view: View): Promise<Held | undefined> {
    for (let attempt = 0; ; attempt += 1) {
      const answer = await obtain(this.#ask, view.ended.signal);
      if (!view.isOpen) return undefined;
      if (typeof answer !== "string") {
        this.#endsAt = answer.endsAt;
        if (attempt > 0) this.#clearWarning();
        return answer;
      }
      if (answer === "signedOut" || answer === "forbidden") {
        this.#shut(answer);
        return undefined;
      }
      this.#warn(answer);
      await this.#wake.wait(pauseMs(attempt));
      if (!view.isOpen) return undefined;
    }
  }

  /** Closes the dashboard of a person who is refused, whatever the last token still allows. */
  #shut(problem: Problem): void {
    this.#removeFrame();
    this.#isShut = true;
    this.#warn(problem);
  }

  /** The page in the frame tells when its token is refused: superset/…/embed/pages. */
  #onMessage({ source, data }: MessageEvent<unknown>): void {
    const frame = this.#container.querySelector("iframe");
    // While a new token is asked for, the old one may well have ended.
    if (frame === null || source !== frame.contentWindow || this.#asking !== undefined) return;
    if (typeof data === "object" && data !== null && "homeroom" in data && data.homeroom === "refused") {
      void this.#renew();
    }
  }

  async #renew(): Promise<void> {
    const isRepeated = Date.now() - this.#refusedAt < refusedMs;
    this.#refusedAt = Date.now();
    if (isRepeated) return this.#shut("refused");
    this.#removeFrame();
    const view = this.#view;
    this.#warn("ended");
    // A token of the very second of a revocation is refused with the others.
    await this.#wake.wait(pauseMs(1));
    if (view.isOpen) this.open();
  }

  #watchFrame(origin: string, view: View): void {
    const isBlocked = (event: SecurityPolicyViolationEvent): boolean =>
      event.blockedURI.startsWith(origin) && /^(frame|child|default)-src$/.test(event.effectiveDirective);
    document.addEventListener("securitypolicyviolation", (event) => isBlocked(event) && this.#warn("blocked"), {
      signal: view.ended.signal,
    });
    const judge = async (isLate: boolean): Promise<void> => {
      const found = await reach(origin);
      if (!view.isOpen || view.alive) return;
      if (found === "unreachable") return this.#comeBack(origin, view);
      // A frame that is only slow stays, and takes its message away once it answers.
      if (isLate) this.#warn(found === "reachable" ? "blocked" : "serviceUnreachable");
    };
    void judge(false);
    const timer = setTimeout(() => void judge(true), frameMs);
    view.ended.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  async #comeBack(origin: string, view: View): Promise<void> {
    this.#warn("serviceUnreachable");
    for (let attempt = 1; view.isOpen; attempt += 1) {
      await this.#wake.wait(pauseMs(attempt));
      if (!view.isOpen || view.alive) return;
      if ((await reach(origin)) === "reachable" && view.isOpen && !view.alive) return this.open();
    }
  }

  #warn(problem: Problem): void {
    this.#message.alert(this.#texts[problem], { caption: this.#texts.retry, act: () => this.#again() });
    this.#props.onProblem?.(problem);
  }

  #clearWarning(): void {
    this.#message.clear();
    this.#props.onProblem?.(undefined);
  }

  #again(): void {
    if (this.#asking === undefined) this.open();
    else this.#wake.now();
  }
}
