import { type Guest, guest, type Role } from "../e2e/guest.ts";

/** Two schools of one tenant, one of another beside them, one of a tenant with its own database; no other test looks at them. */
export const schools = [61, 62, 161, 201] as const;
export const roles: readonly Role[] = ["principal", "teacher", "student"];

export const named = ({ role, school }: Guest): string => `${role} of school ${school}`;

export async function people(of: readonly number[] = schools): Promise<Guest[]> {
  return Promise.all(of.flatMap((school) => roles.map((role) => guest(role, school))));
}
