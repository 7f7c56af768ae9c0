import { retentionClasses } from "../schema/audit.ts";
import type { Deployment } from "../schema/deployment.ts";
import type { Contradiction } from "./contradiction.ts";

/** Requires retention times that keep the promises of other blocks. */
export function retentionTimes({ audit, backups, data }: Deployment): Contradiction[] {
  const found: Contradiction[] = [];
  const longest = Math.max(...retentionClasses.map((name) => audit.retention[name]));
  if (audit.lockDays < longest) {
    found.push({
      path: ["audit", "lockDays"],
      value: audit.lockDays,
      allowed: `at least ${longest}, the longest of audit.retention, or evidence can be deleted before its time`,
    });
  }
  const { lock } = backups;
  for (const subject of ["metadata", "audit"] as const) {
    for (const member of ["keepDays", "copyKeepDays"] as const) {
      const value = backups[subject][member];
      if ("minDays" in lock && (value < lock.minDays || value > lock.maxDays)) {
        found.push({
          path: ["backups", subject, member],
          value,
          allowed: `${lock.minDays} to ${lock.maxDays}, as backups.lock says, or every job fails`,
        });
      }
    }
  }
  const databases = [
    { path: ["data", "metadata"], database: data.metadata },
    { path: ["audit", "database"], database: audit.database },
  ];
  for (const { path, database } of databases) {
    if (database.storageMaxGb < database.storageGb) {
      found.push({ path: [...path, "storageMaxGb"], value: database.storageMaxGb, allowed: "at least storageGb" });
    }
  }
  return found;
}
