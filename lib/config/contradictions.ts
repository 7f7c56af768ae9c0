import type { z } from "zod";
import type { Deployment } from "./deployment.ts";
import { addresses } from "./rules/addresses.ts";
import { certificates } from "./rules/certificates.ts";
import { hosts } from "./rules/hosts.ts";
import { keptTimes } from "./rules/kept-times.ts";
import { repeated } from "./rules/repeated.ts";
import { sources } from "./rules/sources.ts";
import { tenancy } from "./rules/tenancy.ts";
import { zone } from "./rules/zone.ts";

const rules = [zone, addresses, sources, certificates, hosts, repeated, tenancy, keptTimes];

/** Rules that need more than one block of the configuration. */
export function contradictions(deployment: Deployment, context: z.core.$RefinementCtx<Deployment>): void {
  for (const { path, value, rule } of rules.flatMap((find) => find(deployment))) {
    context.addIssue({ code: "custom", path, input: value, message: rule });
  }
}
