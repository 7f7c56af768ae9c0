// Written by `npm run contract:write` from contract/claims.schema.json; change that file instead.
import { z } from "zod";

/** The names and types of a person's claims; the claims schema judges the values once they are claims. */
export const personShape = z.strictObject({
  user_id: z.union([z.number(), z.string()]),
  username: z.string(),
  email: z.string(),
  first_name: z.string(),
  last_name: z.string(),
  role: z.enum(["principal", "head_of_subject", "teacher", "student"]),
  school_id: z.union([z.number(), z.string()]),
  subject_area: z.string().nullable().optional(),
  class_ids: z.array(z.union([z.number(), z.string()])).optional(),
  student_id: z.union([z.number(), z.string()]).optional(),
  org_structure: z
    .strictObject({
      departments: z.array(z.string()).optional(),
      cost_centres: z.record(z.string(), z.string()).optional(),
    })
    .optional(),
});
