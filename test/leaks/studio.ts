import { type Answer, ask, secrets, urls } from "../e2e/live.ts";

function sessionIn({ headers }: Answer): string | undefined {
  return (headers["set-cookie"] ?? [])
    .map((line) => line.split(";")[0] ?? "")
    .find((line) => line.startsWith("session="));
}

/** An administrator in the studio: what a guest must never become. */
export class Studio {
  private constructor(
    readonly cookie: string,
    private readonly csrf: string,
  ) {}

  static async signIn(): Promise<Studio> {
    const form = await ask(`${urls.studioTls}/login/`);
    const csrf =
      /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.text)?.[1] ??
      /csrf_token[^A-Za-z0-9_.-]+([A-Za-z0-9_.-]{20,})/.exec(form.text)?.[1];
    const first = sessionIn(form);
    if (csrf === undefined || first === undefined) throw new Error("the login page holds no CSRF token or session");
    const fields = { username: "admin", password: secrets.mountedSecret("adminPassword"), csrf_token: csrf };
    const answer = await ask(`${urls.studioTls}/login/`, {
      method: "POST",
      headers: {
        "content-type": "application/x-www-form-urlencoded",
        cookie: first,
        referer: `${urls.studioTls}/login/`,
      },
      body: new URLSearchParams(fields).toString(),
    });
    const cookie = sessionIn(answer);
    if (cookie === undefined) throw new Error(`signing in answered ${answer.status} without a session`);
    const { text } = await ask(`${urls.studioTls}/api/v1/security/csrf_token/`, { headers: { cookie } });
    return new Studio(cookie, (JSON.parse(text) as { result: string }).result);
  }

  async call<Result = Record<string, unknown>>(method: string, path: string, body?: unknown): Promise<Result> {
    const { status, text } = await ask(`${urls.studioTls}${path}`, {
      method,
      headers: { cookie: this.cookie, "x-csrftoken": this.csrf, referer: `${urls.studioTls}/` },
      ...(body === undefined ? {} : { body }),
    });
    if (status >= 300) throw new Error(`${method} ${path} answered ${status}: ${text.slice(0, 500)}`);
    return JSON.parse(text) as Result;
  }

  /** The SQL that these queries become for somebody whom no row clause binds. */
  async sqlOf(body: Readonly<Record<string, unknown>>): Promise<string[]> {
    const asked = { ...body, result_type: "query", result_format: "json", force: true };
    const { result } = await this.call<{ result: { query?: string; error?: string }[] }>(
      "POST",
      "/api/v1/chart/data",
      asked,
    );
    return result.map(({ query, error }) => {
      if (query === undefined || error) throw new Error(`no SQL for ${JSON.stringify(body)}: ${String(error)}`);
      return query;
    });
  }
}
