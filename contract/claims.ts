// Written by `npm run contract:write` from claims.schema.json; change that file instead.

export const roles = ["principal", "head_of_subject", "teacher", "student"] as const;
export type Role = (typeof roles)[number];

/** The claims that a role requires beside those of everybody, each with its JSON types, and those that it refuses. */
export const claimsOfRoles = {
  principal: { requires: {}, refuses: ["class_ids", "student_id"] },
  head_of_subject: { requires: { subject_area: ["string"] }, refuses: ["class_ids", "student_id"] },
  teacher: { requires: { class_ids: ["array"] }, refuses: ["student_id"] },
  student: { requires: { student_id: ["integer", "string"] }, refuses: ["class_ids"] },
} as const satisfies Readonly<Record<Role, unknown>>;

export interface OrgStructure {
  /** At most 50 different names, each of 1 to 100 characters. */
  readonly departments?: readonly string[] | undefined;
  /** At most 50, by name; names and values of 1 to 100 characters. */
  readonly cost_centres?: Readonly<Record<string, string>> | undefined;
}

/** The claims of a person whatever the role. */
export interface PersonOfAnyRole {
  /** A whole number from 1 to 9007199254740991, or a UUID in small letters; the same person always has the same. */
  readonly user_id: number | string;
  /** 1 to 64 characters: letters, digits and . _ @ + -, the first a letter or digit. */
  readonly username: string;
  /** 3 to 254 characters. */
  readonly email: string;
  /** At most 100 characters, none of them < or > or a control character. */
  readonly first_name: string;
  /** At most 100 characters, none of them < or > or a control character. */
  readonly last_name: string;
  /** The school whose rows are seen: a whole number from 1 to 9007199254740991, or a UUID in small letters. */
  readonly school_id: number | string;
  /** Where the person stands in the organisation. */
  readonly org_structure?: OrgStructure | undefined;
}

/** A principal sees the whole school. */
export interface Principal extends PersonOfAnyRole {
  /** Decides which claims are needed and which are refused. */
  readonly role: "principal";
  readonly class_ids?: undefined;
  readonly student_id?: undefined;
  /** The subject that a head of subject sees: 1 to 100 characters. Null for none. */
  readonly subject_area?: string | null | undefined;
}

/** A head of subject sees one subject of the school. */
export interface HeadOfSubject extends PersonOfAnyRole {
  /** Decides which claims are needed and which are refused. */
  readonly role: "head_of_subject";
  readonly class_ids?: undefined;
  readonly student_id?: undefined;
  /** The subject that a head of subject sees: 1 to 100 characters. Null for none. */
  readonly subject_area: string | null;
}

/** A teacher sees own classes. */
export interface Teacher extends PersonOfAnyRole {
  /** Decides which claims are needed and which are refused. */
  readonly role: "teacher";
  /** 0 to 100 different classes, each a whole number or a UUID as of a school; with none, no row. */
  readonly class_ids: readonly (number | string)[];
  readonly student_id?: undefined;
  /** The subject that a head of subject sees: 1 to 100 characters. Null for none. */
  readonly subject_area?: string | null | undefined;
}

/** A student sees own rows. */
export interface Student extends PersonOfAnyRole {
  /** Decides which claims are needed and which are refused. */
  readonly role: "student";
  readonly class_ids?: undefined;
  /** The student whose rows are seen: a whole number from 1 to 9007199254740991, or a UUID in small letters. */
  readonly student_id: number | string;
  /** The subject that a head of subject sees: 1 to 100 characters. Null for none. */
  readonly subject_area?: string | null | undefined;
}

/** A person whose claims nobody has yet compared with the role. */
export interface UnjudgedPerson extends PersonOfAnyRole {
  readonly role: Role;
  /** 0 to 100 different classes, each a whole number or a UUID as of a school; with none, no row. */
  readonly class_ids?: readonly (number | string)[] | undefined;
  /** The student whose rows are seen: a whole number from 1 to 9007199254740991, or a UUID in small letters. */
  readonly student_id?: number | string | undefined;
  /** The subject that a head of subject sees: 1 to 100 characters. Null for none. */
  readonly subject_area?: string | null | undefined;
}

/** A person who looks at a dashboard; `role` tells the kinds of people apart. */
export type Person = Principal | HeadOfSubject | Teacher | Student;

/** The claims that the token service adds to a person's. */
export interface TokenClaims {
  readonly is_active: true;
  readonly tenant: string;
  readonly dashboard: string;
  readonly type: "guest";
  readonly iss: string;
  readonly aud: string;
  readonly iat: number;
  readonly nbf: number;
  readonly exp: number;
  readonly jti: string;
}

export type Claims = Person & TokenClaims;
