import type { z } from "zod";
import type { Deployment } from "../schema/deployment.ts";
import { addresses } from "./addresses.ts";
import { certificates } from "./certificates.ts";
import { hosts } from "./hosts.ts";
import { retentionTimes } from "./retention-times.ts";
import { repeated } from "./repeated.ts";
import { sources } from "./sources.ts";
import { tenancy } from "./tenancy.ts";
import { zone } from "./zone.ts";

const rules = [zone, addresses, sources, certificates, hosts, repeated, tenancy, retentionTimes];

/** Reports what contradicts another block of the configuration. */
export function contradictions(deployment: Deployment, context: z.core.$RefinementCtx<Deployment>): void {
  for (const { path, value, allowed } of rules.flatMap((find) => find(deployment))) {
    context.addIssue({ code: "custom", path, input: value, message: allowed });
  }
}
