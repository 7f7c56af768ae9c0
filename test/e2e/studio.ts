import { type Answer, ask, secrets, urls } from "./live.ts";

export interface Session {
  readonly name: string;
  readonly value: string;
}

function cookieOf(headers: { "set-cookie"?: string[] | undefined }): Session {
  const pair = (headers["set-cookie"] ?? [])
    .map((line) => line.split(";")[0] ?? "")
    .find((line) => line.startsWith("session"));
  if (pair === undefined) throw new Error(`no session cookie among ${JSON.stringify(headers["set-cookie"])}`);
  const at = pair.indexOf("=");
  return { name: pair.slice(0, at), value: pair.slice(at + 1) };
}

/** Signs in on the studio as an author does, form and CSRF token included. */
export async function adminSession(): Promise<Session> {
  const form = await ask(`${urls.studioTls}/login/`);
  const csrf =
    /name="csrf_token"[^>]*value="([^"]+)"/.exec(form.text)?.[1] ??
    /csrf_token[^A-Za-z0-9_.-]+([A-Za-z0-9_.-]{20,})/.exec(form.text)?.[1];
  if (csrf === undefined) throw new Error(`the login page holds no CSRF token: ${form.text.slice(0, 200)}`);
  const first = cookieOf(form.headers);
  const fields = new URLSearchParams({
    username: "admin",
    password: secrets.mountedSecret("adminPassword"),
    csrf_token: csrf,
  });
  const answer = await ask(`${urls.studioTls}/login/`, {
    method: "POST",
    headers: {
      "content-type": "application/x-www-form-urlencoded",
      cookie: `${first.name}=${first.value}`,
      referer: `${urls.studioTls}/login/`,
    },
    body: fields.toString(),
  });
  if (answer.status !== 302) throw new Error(`signing in answered ${answer.status}`);
  return cookieOf(answer.headers);
}

export const cookieHeader = ({ name, value }: Session): Record<string, string> => ({ cookie: `${name}=${value}` });

/** One change through the studio's API, as its own pages make it. */
export async function change(session: Session, method: string, path: string, body?: unknown): Promise<Answer> {
  const csrf = await ask(`${urls.studioTls}/api/v1/security/csrf_token/`, { headers: cookieHeader(session) });
  const { result } = JSON.parse(csrf.text) as { result: string };
  const headers = { ...cookieHeader(session), "x-csrftoken": result, referer: `${urls.studioTls}/` };
  return ask(`${urls.studioTls}${path}`, { method, headers, ...(body === undefined ? {} : { body }) });
}
