import { describe, expect, it } from "@jest/globals";
import { type Person, personProblems } from "../../embed/person.ts";
import { principal, student, teacher } from "./people.ts";

describe("a person of the embed client", () => {
  it("is accepted in each role", () => {
    for (const person of [principal, teacher, student]) expect(personProblems(person)).toStrictEqual([]);
  });

  it("does not compile without what the role needs, or with what it may not carry", () => {
    // @ts-expect-error a teacher without classes
    const teacherAlone: Person = { ...principal, role: "teacher" };
    // @ts-expect-error a student without a number
    const studentAlone: Person = { ...principal, role: "student" };
    // @ts-expect-error a principal with classes
    const principalWithClasses: Person = { ...principal, class_ids: [4201] };
    // @ts-expect-error no such role
    const admin: Person = { ...principal, role: "admin" };
    for (const [person, claim] of [
      [teacherAlone, /class_ids: a teacher needs/],
      [studentAlone, /student_id: a student needs/],
      [principalWithClasses, /class_ids: a principal may not/],
      [admin, /role: got "admin"/],
    ] as const) {
      expect(personProblems(person).join("; ")).toMatch(claim);
    }
  });

  it("is refused at run time with every problem named", () => {
    expect(personProblems({ ...teacher, class_ids: [], student_id: 1 }).length).toStrictEqual(2);
    expect(personProblems({ ...student, class_ids: [1], student_id: true })).toHaveLength(2);
    expect(personProblems(undefined)).toHaveLength(1);
    expect(personProblems({}).join()).toMatch(/got nothing/);
    expect(personProblems({ ...teacher, class_ids: [4201n] }).join()).toMatch(/cannot be written as JSON.*BigInt/);
  });
});
