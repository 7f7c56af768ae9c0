import type { Principal, Student, Teacher } from "../../embed/person.ts";

const common = {
  user_id: 7,
  username: "pat",
  email: "pat@school.example",
  first_name: "Pat",
  last_name: "Lee",
  school_id: 42,
};

export const principal: Principal = { ...common, role: "principal" };
export const teacher: Teacher = { ...common, role: "teacher", class_ids: [4201, 4202] };
export const student: Student = { ...common, role: "student", student_id: 42_001 };
