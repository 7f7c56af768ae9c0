import { z } from "zod";
import { dashboardsOf, demoSchools, studentsShown, teachersOf, type Visitor } from "./demo-people.ts";

const form = z
  .strictObject({
    role: z.enum(["principal", "teacher", "student"]),
    school: z.int().min(1).max(demoSchools),
    number: z.int().min(1).default(1),
    dashboard: z.string(),
  })
  .superRefine(({ role, school, number, dashboard }, context) => {
    const dashboards: readonly string[] = dashboardsOf[role];
    if (!dashboards.includes(dashboard)) {
      context.addIssue({ code: "custom", path: ["dashboard"], message: `a ${role} opens ${dashboards.join(", ")}` });
    }
    const most = role === "principal" ? 1 : role === "teacher" ? teachersOf(school) : studentsShown;
    if (number > most)
      context.addIssue({ code: "custom", path: ["number"], message: `school ${school}: at most ${most}` });
  });

export interface EmbedForm extends Visitor {
  readonly dashboard: string;
}

export class EmbedFormError extends Error {}

export function parseEmbedForm(text: string): EmbedForm {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new EmbedFormError("the body is no JSON");
  }
  const parsed = form.safeParse(value);
  if (parsed.success) return parsed.data;
  throw new EmbedFormError(
    parsed.error.issues.map((issue) => `${issue.path.join(".") || "body"}: ${issue.message}`).join("; "),
  );
}
