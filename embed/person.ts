/** What every person carries; the names are those of the token's claims (contract/claims.schema.json). */
interface AnyPerson {
  /** 1 to 2147483647. */
  readonly user_id: number;
  readonly username: string;
  readonly email: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly school_id: number;
  readonly subject_area?: string | null | undefined;
  readonly org_structure?:
    | {
        readonly departments?: readonly string[] | undefined;
        readonly cost_centres?: Readonly<Record<string, string>> | undefined;
      }
    | undefined;
}

/** Sees the whole school. */
export interface Principal extends AnyPerson {
  readonly role: "principal";
  readonly class_ids?: undefined;
  readonly student_id?: undefined;
}

/** Sees own classes: 1 to 100 of them. */
export interface Teacher extends AnyPerson {
  readonly role: "teacher";
  readonly class_ids: readonly number[];
  readonly student_id?: undefined;
}

/** Sees own rows. */
export interface Student extends AnyPerson {
  readonly role: "student";
  readonly student_id: number;
  readonly class_ids?: undefined;
}

export type Person = Principal | Teacher | Student;

/** What a role lacks or may not carry; JavaScript callers and casts get past the types. */
export function personProblems(person: unknown): string[] {
  if (typeof person !== "object" || person === null) return ["person: must be an object with the claims of a person"];
  const unwritable = whyNoJson(person);
  if (unwritable !== undefined)
    return [`person: cannot be written as JSON (${unwritable}); send numbers, texts and lists`];
  const { role, class_ids, student_id } = person as Record<string, unknown>;
  const problems: string[] = [];
  const classes = Array.isArray(class_ids) && class_ids.length > 0;
  switch (role) {
    case "principal":
      if (class_ids !== undefined) problems.push("person.class_ids: a principal sees the whole school; leave it out");
      if (student_id !== undefined) problems.push("person.student_id: a principal is no student; leave it out");
      return problems;
    case "teacher":
      if (!classes) problems.push("person.class_ids: a teacher needs at least one class");
      if (student_id !== undefined) problems.push("person.student_id: a teacher is no student; leave it out");
      return problems;
    case "student":
      if (typeof student_id !== "number") problems.push("person.student_id: a student needs it");
      if (class_ids !== undefined) problems.push("person.class_ids: a student sees own rows only; leave it out");
      return problems;
    default:
      return [`person.role: got ${JSON.stringify(role) ?? "nothing"}; must be principal, teacher or student`];
  }
}

/** Such as a BigInt, which drivers of databases give for large identifiers. */
function whyNoJson(value: unknown): string | undefined {
  try {
    JSON.stringify(value);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
