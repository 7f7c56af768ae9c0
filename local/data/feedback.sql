insert into tutor_feedback
select row_number() over (order by given_on, student_id, class_id), tenant, school_id, class_id, student_id, tutor_id, tutor_name,
  subject_area, given_on, rating,
  (case rating
    when 1 then array['Needs help to start tasks; please arrange a meeting.', 'Missed most of this term''s practice.', 'Struggles with the basics of this unit.']
    when 2 then array['Work is often unfinished; a weekly check-in would help.', 'Understands in class, but does not practise enough.', 'Ask more questions when a step is unclear.']
    when 3 then array['Steady work; revise the last topic again.', 'On track. Show the working in each answer.', 'Good effort; check answers before handing in.']
    when 4 then array['Strong term; ready for harder problems.', 'Clear improvement since last term.', 'Helps others and explains ideas well.']
    else array['Outstanding: consider the extension group.', 'Excellent work in every test this term.', 'Mastered the unit early and kept going.']
  end)[floor(demo_noise(seed, 41) * 3)::integer + 1]
from (
  select c.tenant, c.school_id, c.class_id, s.student_id, t.tutor_id, t.tutor_name, c.subject_area, k.seed,
    w.last_day - floor(demo_noise(k.seed, 42) * 4)::integer as given_on,
    greatest(1, least(5, round(3.5 + s.ability / 14 + schools.level / 30 + demo_bell(t.tutor_id, 43) * 0.8 + demo_bell(k.seed, 44) * 1.3)))::integer as rating
  from (select distinct on (year, term) * from school_weeks order by year, term, week desc) w
  cross join enrolments e
  join classes c using (class_id)
  join students s using (student_id)
  join schools on schools.school_id = c.school_id
  join tutors t using (tutor_id)
  cross join lateral (select s.student_id * 10000::bigint + c.class_id % 100 * 100 + w.week as seed) k
  where demo_noise(k.seed, 45) < 0.4
) given;

-- At the end of a term, somewhat more than half of the students say what they think of each of their instructors.
insert into student_feedback
select row_number() over (order by given_on, student_id, class_id), tenant, school_id, class_id, student_id, tutor_id, tutor_name,
  class_name, subject_area, given_on, rating
from (
  select c.tenant, c.school_id, c.class_id, s.student_id, t.tutor_id, t.tutor_name, c.class_name, c.subject_area,
    w.last_day - floor(demo_noise(k.seed, 82) * 3)::integer as given_on,
    greatest(1, least(5, round(3.8 + demo_bell(t.tutor_id, 83) * 0.7 + demo_bell(c.class_id * 1000 + w.week, 84) * 0.3 + demo_bell(k.seed, 85) * 1.1)))::integer as rating
  from (select distinct on (year, term) * from school_weeks order by year, term, week desc) w
  cross join enrolments e
  join classes c using (class_id)
  join students s using (student_id)
  join tutors t using (tutor_id)
  cross join lateral (select s.student_id * 10000::bigint + c.class_id % 100 * 100 + w.week as seed) k
  where demo_noise(k.seed, 81) < 0.55
) given;
