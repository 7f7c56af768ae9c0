import type { EmbedRequest, Person } from "@homeroom/embed";

export const demoSchools = 220;
export const dashboardsOf = {
  principal: ["student-progress", "instructor-performance", "institutional-analytics"],
  teacher: ["student-progress", "instructor-performance"],
  student: ["student-progress"],
} as const satisfies Record<Person["role"], readonly string[]>;

export interface Visitor {
  readonly role: Person["role"];
  readonly school: number;
  /** Number of the teacher or student in the school, from 1. */
  readonly number: number;
}

export const tenantOf = (school: number): string => (school <= 100 ? "north" : school <= 200 ? "south" : "east");

/** Returns how many teachers a school has. local/data/people.sql distributes the eight classes among them. */
export const teachersOf = (school: number): number => (school % 2 === 1 ? 3 : 2);

/** The number of students that the page offers, which is that of the smallest demo school. */
export const studentsShown = 15;

export function classIdsOf(school: number, teacher: number): number[] {
  return [1, 2, 3, 4, 5, 6, 7, 8]
    .filter((position) => ((position - 1) % teachersOf(school)) + 1 === teacher)
    .map((position) => school * 100 + position);
}

/** Returns a visitor's tenant and claims. A real host product reads them from its session and database. */
export function personOf({ role, school, number }: Visitor): Pick<EmbedRequest, "tenant" | "person"> {
  const tenant = tenantOf(school);
  const common = (userId: number) => ({
    user_id: userId,
    username: `${role}-${userId}`,
    email: `${role}-${userId}@${tenant}.example`,
    first_name: `${role.slice(0, 1).toUpperCase()}${role.slice(1)} ${number}`,
    last_name: `of school ${school}`,
    school_id: school,
  });
  switch (role) {
    case "principal":
      return { tenant, person: { ...common(1_000_000 + school), role } };
    case "teacher":
      return {
        tenant,
        person: { ...common(2_000_000 + school * 10 + number), role, class_ids: classIdsOf(school, number) },
      };
    case "student":
      return {
        tenant,
        person: { ...common(3_000_000 + school * 1000 + number), role, student_id: school * 1000 + number },
      };
  }
}
