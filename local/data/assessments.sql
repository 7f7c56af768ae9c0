-- Each class sets a test every third week, not the same for all; all eight topics of its subject come up over the two years.
insert into assessments
select row_number() over (order by week, student_id, class_id), tenant, school_id, class_id, student_id, tutor_id, tutor_name, class_name,
  subject_area, year_level, topic, assessed_on, score, score >= 72
from (
  select w.week, c.tenant, c.school_id, c.class_id, s.student_id, t.tutor_id, t.tutor_name, c.class_name, c.subject_area, s.year_level,
    subjects.topics[least(w.week * 8 / weeks.total, 7) + 1] as topic,
    least(w.first_day + floor(demo_noise(c.class_id * 1000 + w.week, 11) * 5)::integer, w.last_day) as assessed_on,
    round(greatest(5, least(100,
      63 + subjects.difficulty + schools.level + s.ability
      + schools.growth * w.week / weeks.total
      + demo_bell(t.tutor_id, 12) * 5
      + demo_bell(c.class_id * 1000 + w.week, 13) * 4
      + demo_bell(s.student_id * 100000::bigint + c.class_id % 100 * 1000 + w.week, 14) * 14
    ))::numeric, 1) as score
  from school_weeks w cross join (select count(*) as total from school_weeks) weeks
  join classes c on (w.week + floor(demo_noise(c.class_id, 15) * 3)::integer) % 3 = 0
  join enrolments e using (class_id)
  join students s using (student_id)
  join schools on schools.school_id = c.school_id
  join tutors t using (tutor_id)
  join subjects using (subject_area)
) tests;
