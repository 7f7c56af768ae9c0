import { expect, it } from "@jest/globals";
import { loggedPath } from "../../contract/index.ts";

const dashboard = "/embedded/dashboard/student-progress";
const token = "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJhIn0.c2lnbmF0dXJl";
const pattern = new RegExp(/"~([^"]+)"/.exec(loggedPath)?.[1] ?? "nothing");

for (const [uri, logged] of [
  [dashboard, dashboard],
  ["/static/assets/000bc761e5962a2869e2.chunk.js", "/static/assets/000bc761e5962a2869e2.chunk.js"],
  [`${dashboard}?jwt=${token}`, dashboard],
  [`${dashboard}?`, dashboard],
  [`${dashboard}/${token}`, `${dashboard}/`],
  [`${dashboard}%3Fjwt%3D${token}`, `${dashboard}%3Fjwt%3D`],
  [`/a\n${token}`, "/a\n"],
] as const) {
  it(`an access log holds ${JSON.stringify(logged)} of ${JSON.stringify(uri)}`, () => {
    expect(pattern.exec(uri)?.groups?.["path_alone"] ?? uri).toBe(logged);
  });
}
