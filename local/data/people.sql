-- Identifiers say where they belong: student 42007 and class 4203 are of school 42.
insert into terms values
  (2025, 1, '2025-01-28', '2025-04-11'), (2025, 2, '2025-04-28', '2025-07-04'),
  (2025, 3, '2025-07-21', '2025-09-26'), (2025, 4, '2025-10-13', '2025-12-17'),
  (2026, 1, '2026-01-27', '2026-04-02'), (2026, 2, '2026-04-20', '2026-07-03'),
  (2026, 3, '2026-07-20', '2026-09-25'), (2026, 4, '2026-10-12', '2026-11-20');

insert into subjects values
  (1, 'Mathematics', -3.0, '{Fractions,Ratios,Linear equations,Geometry,Probability,Functions,Statistics,Trigonometry}'),
  (2, 'English', 2.0, '{Narrative,Persuasive writing,Poetry,Media texts,Grammar,Novel study,Essay writing,Public speaking}'),
  (3, 'Science', -1.0, '{Cells,Forces,Chemical reactions,Earth systems,Energy,Ecosystems,Genetics,Electricity}'),
  (4, 'Humanities', 1.5, '{Ancient worlds,Civics,Geography skills,Economics,Federation,Asia studies,Migration,Rights}');

insert into schools
select id,
  case when id <= 100 then 'north' else 'south' end,
  (array['Banksia', 'Wattle Grove', 'Ironbark', 'Bluegum', 'Coolabah', 'Jacaranda', 'Kurrajong', 'Lilly Pilly', 'Melaleuca', 'Mulga',
         'Acacia Ridge', 'Boronia', 'Callistemon', 'Grevillea', 'Hakea', 'Kingfisher', 'Magpie Creek', 'Rosella', 'Saltbush', 'Waratah'])
    [(id - 1) % 20 + 1] || ' ' ||
  (array['College', 'High School', 'Grammar School', 'Secondary College', 'Academy',
         'Community School', 'Senior College', 'Learning Centre', 'School of Science', 'Tutoring Centre'])[(id - 1) / 20 + 1],
  -- An odd school's surplus is its even neighbour's deficit, which keeps the sum at 5,000.
  25 + (case when id % 2 = 1 then 1 else -1 end) * floor(demo_noise((id + 1) / 2, 1) * 11)::integer,
  case when id % 2 = 1 then 3 else 2 end,
  demo_bell(id, 2) * 9,
  demo_bell(id, 3) * 8 + 6,
  0.93 + demo_bell(id, 4) * 0.04,
  6000 + round((demo_noise(id, 5) * 14000)::numeric, -2)
from generate_series(1, 200) id;

insert into tutors
select school_id * 10 + n, tenant, school_id,
  (array['Aisha', 'Ben', 'Chloe', 'Daniel', 'Elena', 'Farid', 'Grace', 'Hamish', 'Isla', 'Jarrah', 'Kate', 'Liam', 'Mei',
         'Noah', 'Olivia', 'Priya', 'Quentin', 'Ruby', 'Sam', 'Tara', 'Uma', 'Viet', 'Willow', 'Xavier', 'Zoe'])
    [floor(demo_noise(school_id * 10 + n, 6) * 25)::integer + 1] || ' ' ||
  (array['Nguyen', 'Smith', 'Papadopoulos', 'Singh', 'Williams', 'Chen', 'Murphy', 'Khan', 'Taylor', 'Rossi',
         'Walker', 'Kaur', 'Brown', 'Tran', 'Kelly', 'Martin', 'Haddad', 'Wilson', 'Young', 'Davis'])
    [(school_id + n * 7) % 20 + 1]
from schools, generate_series(1, tutor_count) n;

insert into classes
select school_id * 100 + n, tenant, school_id,
  school_id * 10 + (n - 1) % tutor_count + 1,
  subject_area,
  case when n <= 4 then 'Junior ' else 'Senior ' end || subject_area
from schools, generate_series(1, 8) n join subjects on position = (n - 1) % 4 + 1;

insert into students
select school_id * 1000 + n, tenant, school_id, 7 + (n - 1) % 6, demo_bell(school_id * 1000 + n, 82) * 20
from schools, generate_series(1, student_count) n;

-- Three of the four subjects; one student in three takes two.
insert into enrolments
select student_id, class_id, position from (
  select student_id, class_id, row_number() over (partition by student_id order by demo_noise(student_id * 10 + class_id % 100, 8)) as position
  from students join classes using (school_id)
  where (year_level <= 9) = (class_id % 100 <= 4)
) ranked
where position <= case when demo_noise(student_id, 9) < 0.33 then 2 else 3 end;

create temporary table school_weeks on commit drop as
select row_number() over (order by monday)::integer - 1 as week, monday::date, greatest(monday::date, starts_on) as first_day,
  least(monday::date + 4, ends_on) as last_day, year, term
from terms, generate_series(date_trunc('week', starts_on::timestamp), ends_on, interval '1 week') monday;

create temporary table timetable on commit drop as
select student_id, array_agg(class_id order by position) as class_ids, count(*)::integer as class_count
from enrolments group by student_id;

analyze schools; analyze tutors; analyze classes; analyze students; analyze enrolments; analyze school_weeks; analyze timetable;
