import type { EmbedRequest, Person } from "@homeroom/embed";

export const demoSchools = 220;
export const dashboardsOf = {
  principal: ["student-progress", "instructor-performance", "institutional-analytics"],
  head_of_subject: ["instructor-performance"],
  teacher: ["student-progress", "instructor-performance"],
  student: ["student-progress"],
} as const satisfies Record<Person["role"], readonly string[]>;
export const roles = [
  "principal",
  "head_of_subject",
  "teacher",
  "student",
] as const satisfies readonly Person["role"][];

export interface Visitor {
  readonly role: Person["role"];
  readonly school: number;
  /** Number of the teacher or student in the school, from 1. */
  readonly number: number;
}

export const tenantOf = (school: number): string => (school <= 100 ? "north" : school <= 200 ? "south" : "east");

/** Returns how many teachers a school has. local/data/people.sql distributes the eight classes among them. */
export const teachersOf = (school: number): number => (school % 2 === 1 ? 3 : 2);

/** Each has a head, numbered in this order: that of local/data/people.sql. */
export const subjects: readonly string[] = ["Mathematics", "English", "Science", "Humanities"];

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
    first_name: `${role.slice(0, 1).toUpperCase()}${role.slice(1).replaceAll("_", " ")} ${number}`,
    last_name: `of school ${school}`,
    school_id: school,
  });
  switch (role) {
    case "principal":
      return { tenant, person: { ...common(1_000_000 + school), role } };
    case "head_of_subject": {
      const subject = subjects[number - 1];
      if (subject === undefined) throw new Error(`a school has ${subjects.length} heads of subject, not ${number}`);
      return { tenant, person: { ...common(4_000_000 + school * 10 + number), role, subject_area: subject } };
    }
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
