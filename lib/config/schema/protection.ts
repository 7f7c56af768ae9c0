import { z } from "zod";

/** A protection that is off, with the reason that synth prints. */
export const reasonSchema = z.strictObject({
  off: z.literal(true),
  because: z.string().min(20, "a reason of at least 20 characters that an auditor would accept"),
});

/** A protection is on, or off with a reason that synth prints. */
export const protectionSchema = z.union([z.literal(true), reasonSchema]);

export type Protection = z.output<typeof protectionSchema>;

export function isOn(protection: Protection): boolean {
  return protection === true;
}
