import { describe, expect, it } from "@jest/globals";
import { embeddedDashboards } from "../../contract/dashboards.ts";
import { contentId, type ContentKind, embeddedUuid } from "../../contract/index.ts";
import vector from "../../contract/vectors/content-ids.json" with { type: "json" };

describe("UUIDs of the content", () => {
  for (const { kind, name, uuid } of vector.ids) {
    it(`are derived: ${kind} ${name}`, () => expect(contentId(kind as ContentKind, name)).toBe(uuid));
  }

  it("name every dashboard of content/dashboards/ by its slug", () => {
    const dashboards = embeddedDashboards();
    expect(Object.keys(dashboards)).toContain("student-progress");
    expect(dashboards["student-progress"]?.embedded_uuid).toBe(embeddedUuid("student-progress"));
  });
});
