-- Between 11:00 and 20:59 in Sydney it is the same date in UTC, so days and weeks agree whichever zone a reader groups in.
insert into activity_events
select row_number() over (order by occurred_at, student_id, class_id, activity), tenant, school_id, class_id, student_id, subject_area,
  occurred_at, activity, minutes
from (
  select s.tenant, s.school_id, c.class_id, s.student_id, c.subject_area, picked.activity,
    ((w.first_day + floor(demo_noise(seed, 21) * (w.last_day - w.first_day + 1))::integer)
      + make_interval(mins => 660 + floor(demo_noise(seed, 22) * 600)::integer)) at time zone 'Australia/Sydney' as occurred_at,
    greatest(3, round(picked.typical
      * (0.6 + 0.8 * demo_noise(seed, 23))
      * (1 + s.ability / 80 + schools.level / 120 + demo_bell(c.class_id, 24) * 0.25)
      * (0.9 + w.week * 0.004)
      * (1 + demo_bell(s.school_id * 1000 + w.week, 25) * 0.15)))::integer as minutes
  from students s
  join schools using (school_id)
  join timetable using (student_id)
  cross join school_weeks w
  cross join generate_series(1, 2) attempt
  cross join lateral (select s.student_id * 1000::bigint + w.week * 4 + attempt as seed) k
  cross join lateral (select floor(demo_noise(seed, 26) * 5)::integer as kind) d
  cross join lateral (select (array['video', 'practice', 'quiz', 'reading', 'discussion'])[kind + 1] as activity,
    (array[22, 34, 16, 26, 12])[kind + 1] as typical) picked
  join classes c on c.class_id = class_ids[floor(demo_noise(seed, 27) * class_count)::integer + 1]
  where demo_noise(seed, 28) < 0.72 + s.ability / 100 + schools.level / 150 + w.week * 0.001
) events;
