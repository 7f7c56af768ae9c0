import { z } from "zod";

export const imageSchema = z.strictObject({
  repository: z.string().regex(/^[a-z0-9][a-z0-9/_-]*$/, "a repository of the account's own ECR, without a registry"),
  digest: z.string().regex(/^sha256:[0-9a-f]{64}$/, '"sha256:" and 64 hexadecimal digits; a tag can move'),
});

export type Image = z.output<typeof imageSchema>;
