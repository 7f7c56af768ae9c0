import type { IncomingMessage } from "node:http";
import type { Visitor } from "@homeroom/embed";
import { z } from "zod";
import { dashboardsOf, demoSchools, personOf, roles, studentsShown, subjects, teachersOf } from "./demo-people.ts";

const wholeNumber = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/)
  .transform(Number);
const choice = z
  .strictObject({ role: z.enum(roles), school: wholeNumber, number: wholeNumber })
  .refine(({ school }) => school <= demoSchools)
  .refine(({ role, school, number }) => {
    const max = {
      principal: 1,
      head_of_subject: subjects.length,
      teacher: teachersOf(school),
      student: studentsShown,
    };
    return number <= max[role];
  });

export const isTls = (request: IncomingMessage): boolean => request.headers["x-forwarded-proto"] === "https";

/**
 * Reads the visitor from the query string; undefined when it is invalid. A real host product reads its session instead.
 */
export function visitorOf(request: IncomingMessage): Visitor | undefined {
  const query = new URL(request.url ?? "/", "http://portal").searchParams;
  const chosen = choice.safeParse(Object.fromEntries(query));
  if (!chosen.success) return undefined;
  return {
    ...personOf(chosen.data),
    dashboards: dashboardsOf[chosen.data.role],
    transport: isTls(request) ? "https" : "http",
  };
}
