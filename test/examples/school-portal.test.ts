import type { Server } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "@jest/globals";
import type { EmbedRequest } from "@homeroom/embed";
import { classIdsOf, personOf, teachersOf } from "../../examples/school-portal/demo-people.ts";
import { createPortal } from "../../examples/school-portal/portal.ts";
import { portalScript } from "../../examples/school-portal/script.ts";
import { expecting } from "../support/expecting.ts";

const embedOrigins = {
  https: ["https://analytics1.homeroom.localhost:8443"],
  http: ["http://analytics1.homeroom.localhost:8080"],
};
const teacher = { role: "teacher", school: "42", number: "2" };

describe("school portal", () => {
  let server: Server;
  let base: string;
  const asked: EmbedRequest[] = [];

  beforeAll(async () => {
    const homeroom = {
      embed: (request: EmbedRequest) => {
        asked.push(request);
        return Promise.resolve({ token: "t", expiresAt: 1, embedUrl: "u", embedOrigin: "o", embeddedUuid: "e" });
      },
    };
    server = createPortal({ homeroom, embedOrigins, script: await portalScript() });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    base = `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`;
  });

  afterAll(() => {
    server.closeAllConnections();
    server.close();
  });

  const post = (who: Record<string, string>, dashboard: string, headers: Record<string, string> = {}) =>
    fetch(`${base}/api/embed?${new URLSearchParams(who).toString()}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ dashboard }),
    });

  it("serves pages that run no inline script and frame the embed hosts of their own scheme only", async () => {
    for (const path of ["/", "/portal.js", "/portal.css"]) {
      const response = await fetch(base + path, { headers: { "x-forwarded-proto": "https" } });
      expecting(path, response.status).toBe(200);
      const policy = response.headers.get("content-security-policy") ?? "";
      expect(policy).toMatch(/script-src 'self';/);
      expect(policy).toContain(`frame-src ${embedOrigins.https[0]};`);
      const text = await response.text();
      if (path === "/") expect(text).not.toMatch(/<script(?![^>]*src=)|style=|https?:\/\//);
      if (path === "/portal.js") expect(text).not.toMatch(/homeroom\/embed/);
    }
    const plain = await fetch(`${base}/`);
    expect(plain.headers.get("content-security-policy")?.includes(`frame-src ${embedOrigins.http[0]};`)).toBe(true);
  });

  it("asks for the person that was chosen", async () => {
    expect((await post(teacher, "student-progress", { "x-forwarded-proto": "https" })).status).toBe(200);
    const request = asked.at(-1);
    expect(request?.tenant).toBe("north");
    expect(request?.transport).toBe("https");
    expect(request?.person.class_ids).toStrictEqual([4202, 4204, 4206, 4208]);
  });

  it("refuses foreign pages, and people and dashboards that are not there", async () => {
    const before = asked.length;
    expect((await post(teacher, "student-progress", { origin: "https://evil.example" })).status).toBe(403);
    for (const change of [{ school: "221" }, { school: "x" }, { role: "admin" }, { number: "3" }, { extra: "1" }]) {
      expecting(JSON.stringify(change), (await post({ ...teacher, ...change }, "student-progress")).status).toBe(401);
    }
    expect((await post(teacher, "institutional-analytics")).status).toBe(403);
    expect((await fetch(`${base}/`, { method: "POST" })).status).toBe(405);
    expect(asked).toHaveLength(before);
  });

  it("hands every class of a school to exactly one teacher", () => {
    for (const school of [41, 42]) {
      const classes = Array.from({ length: teachersOf(school) }, (_, index) => classIdsOf(school, index + 1)).flat();
      expect(classes.sort()).toStrictEqual([1, 2, 3, 4, 5, 6, 7, 8].map((position) => school * 100 + position));
    }
    expect(personOf({ role: "student", school: 142, number: 7 }).person.student_id).toBe(142_007);
  });
});
