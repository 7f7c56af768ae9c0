-- date_trunc in UTC: activity.sql keeps every event on the same date there as in Sydney.
insert into weekly_engagement
select tenant, school_id, class_id, class_name, tutor_name, subject_area, week_start, active_students, minutes,
  3 + floor(demo_noise(class_id * 10000::bigint + (week_start - date '2025-01-01'), 71) * 2)::integer
from (
  select tenant, school_id, class_id, date_trunc('week', occurred_at at time zone 'UTC')::date as week_start,
    count(distinct student_id)::integer as active_students, sum(minutes)::integer as minutes
  from activity_events group by 1, 2, 3, 4
) weeks
join (select class_id, class_name, tutor_name, classes.subject_area from classes join tutors using (tutor_id)) named using (class_id);

-- A view that reads with its caller's rights: the row security of assessments decides what of it is seen.
-- Every subject has eight topics (people.sql); one is completed when its test was passed.
create view course_completion with (security_invoker = true) as
select tenant, school_id, class_id, student_id, tutor_name, class_name, subject_area,
  max(assessed_on) as last_assessed_on,
  count(distinct topic)::integer as topics_started,
  count(distinct topic) filter (where mastered)::integer as topics_completed,
  8 as topics_in_course
from assessments
group by tenant, school_id, class_id, student_id, tutor_name, class_name, subject_area;
