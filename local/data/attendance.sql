-- One roll a week, in each of the student's classes in turn.
insert into attendance
select s.tenant, s.school_id, class_ids[w.week % class_count + 1], s.student_id, s.year_level,
  w.first_day + floor(demo_noise(s.student_id * 1000::bigint + w.week, 31) * (w.last_day - w.first_day + 1))::integer,
  demo_noise(s.student_id * 1000::bigint + w.week, 32) < least(0.995,
    schools.attendance_level
    - (array[0, 0.01, 0.035, 0.045, 0.02, 0.005])[s.year_level - 6]
    - case when extract(month from w.monday) between 6 and 8 then 0.035 when extract(month from w.monday) = 12 then 0.05 else 0 end
    + demo_bell(s.school_id * 100 + s.year_level, 33) * 0.02
    + demo_bell(s.school_id * 1000 + w.week, 34) * 0.03
    + demo_bell(s.student_id, 35) * 0.03)
from students s join schools using (school_id) join timetable using (student_id) cross join school_weeks w;
