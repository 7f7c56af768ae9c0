import { type Guest, guest, type Role } from "../e2e/guest.ts";

/** Two schools of one tenant, one of another beside them, one of a tenant with its own database; no other test looks at them. */
export const schools = [61, 62, 161, 201] as const;
export const roles: readonly Role[] = ["principal", "head_of_subject", "teacher", "student"];

export const named = ({ role, school }: Guest): string => `${role} of school ${school}`;

export async function people(of: readonly number[] = schools): Promise<Guest[]> {
  return Promise.all(of.flatMap((school) => roles.map((role) => guest(role, school))));
}

let asked = 0;
/** Another user of the same rights each time: one person's share of requests is soon spent by a suite of attacks. */
export const somebody = (): { user_id: number } => ({ user_id: 5_000_000 + asked++ });
