/** A dataset that is SQL, as an author writes one in the studio. */
export interface SqlDataset {
  readonly sql: string;
  readonly columns: readonly string[];
}

const recent = "week_start > '2026-11-01'";

/** Each way in which SQL can name a table; the row clauses have to reach every one of them. */
export const sqlDatasets: Readonly<Record<string, SqlDataset>> = {
  "a virtual dataset": {
    sql: "select tenant, school_id, class_id, student_id, tutor_name, score from public.assessments",
    columns: ["tenant", "school_id", "class_id", "student_id", "tutor_name", "score"],
  },
  "a virtual dataset without the policy's columns": {
    sql: "select tutor_name, topic from assessments",
    columns: ["tutor_name", "topic"],
  },
  "a virtual dataset that joins": {
    sql: `select a.school_id, a.tutor_name, w.marking_hours from public.assessments a join public.teacher_workload w on w.tutor_name = a.tutor_name and w.${recent}`,
    columns: ["school_id", "tutor_name", "marking_hours"],
  },
  "a virtual dataset with outer and comma joins": {
    sql: `select f.school_id as paid_by, w.tutor_name from (select distinct tenant, school_id from public.finances) as f left join Public.Teacher_Workload w using (school_id), (select 1 as one) o where w.${recent}`,
    columns: ["paid_by", "tutor_name"],
  },
  "a virtual dataset with WITH queries of its tables' names": {
    sql: `with teacher_workload as (select school_id, tutor_name from public.teacher_workload where ${recent}), finances as (select * from teacher_workload) select * from finances`,
    columns: ["school_id", "tutor_name"],
  },
  "a virtual dataset with a recursive WITH": {
    sql: `with recursive walk as (select school_id, 1 as step from weekly_engagement where ${recent} union select school_id, step + 1 from walk where step < 2) select school_id, step from walk`,
    columns: ["school_id", "step"],
  },
  "a virtual dataset that unites": {
    sql: `select school_id, tutor_name from public.teacher_workload where ${recent} union all select school_id, tutor_name from public.tutor_feedback except select 0, 'nobody' from finances`,
    columns: ["school_id", "tutor_name"],
  },
  "a virtual dataset with sub-queries everywhere": {
    sql: `select (select max(f.school_id) from public.finances f) as richest, w.tutor_name, array(select distinct a.tutor_name from public.assessments a where a.school_id = w.school_id order by 1)::text as tutors from public.teacher_workload w where w.${recent} and exists (select from public.attendance t where t.school_id = w.school_id) order by (select min(school_id) from finances)`,
    columns: ["richest", "tutor_name", "tutors"],
  },
  "a virtual dataset with quoted names": {
    sql: `select "W"."school_id" as "School Id", "W".tutor_name as "Tutor; drop" from "public"."teacher_workload" as "W" where "W".${recent}`,
    columns: ["School Id", "Tutor; drop"],
  },
  "a virtual dataset with set-returning functions": {
    sql: `select w.school_id, word, n from teacher_workload w cross join lateral regexp_split_to_table(w.tutor_name, ' ') as word, generate_series(1, 2) n where w.${recent}`,
    columns: ["school_id", "word", "n"],
  },
  "a virtual dataset with parentheses": {
    sql: `select a.school_id, b.school_id as other from (public.teacher_workload a join public.teacher_workload b on a.tutor_name = b.tutor_name and a.${recent} and b.${recent})`,
    columns: ["school_id", "other"],
  },
  "a virtual dataset with Jinja": {
    sql: `select school_id, tutor_name, '{{ 7 * 7 }}' as sum from public.teacher_workload where ${recent}`,
    columns: ["school_id", "tutor_name", "sum"],
  },
};
