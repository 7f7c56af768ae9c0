-- The demo schools' database. Every table that a dashboard reads carries tenant and school_id, so that one policy fits all.
-- weekly_engagement is an ordinary table: PostgreSQL cannot put row security on a materialised view.
drop table if exists
  demo_load, weekly_engagement, finances, teacher_workload, student_feedback, tutor_feedback, attendance, activity_events, assessments,
  terms, subjects, enrolments, students, classes, tutors, schools cascade;
drop function if exists demo_noise(bigint, integer), demo_bell(bigint, integer);

create table demo_load (
  version integer primary key,
  completed_at timestamptz
);

create table terms (
  year integer not null,
  term integer not null,
  starts_on date not null,
  ends_on date not null,
  primary key (year, term)
);

create table subjects (
  position integer primary key,
  subject_area text not null unique,
  difficulty numeric not null,
  topics text[] not null
);

create table schools (
  school_id integer primary key,
  tenant text not null,
  name text not null,
  student_count integer not null,
  tutor_count integer not null,
  level double precision not null,
  growth double precision not null,
  attendance_level double precision not null,
  annual_fee numeric not null
);

create table tutors (
  tutor_id integer primary key,
  tenant text not null,
  school_id integer not null references schools,
  tutor_name text not null
);

create table classes (
  class_id integer primary key,
  tenant text not null,
  school_id integer not null references schools,
  tutor_id integer not null references tutors,
  subject_area text not null,
  class_name text not null
);

create table students (
  student_id integer primary key,
  tenant text not null,
  school_id integer not null references schools,
  year_level integer not null,
  ability double precision not null
);

create table enrolments (
  student_id integer not null references students,
  class_id integer not null references classes,
  position integer not null,
  primary key (student_id, class_id)
);

create table assessments (
  assessment_id bigint not null,
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  student_id integer not null,
  tutor_id integer not null,
  tutor_name text not null,
  class_name text not null,
  subject_area text not null,
  year_level integer not null,
  topic text not null,
  assessed_on date not null,
  score numeric(5, 1) not null,
  mastered boolean not null
) partition by range (assessed_on);

create table activity_events (
  event_id bigint not null,
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  student_id integer not null,
  subject_area text not null,
  occurred_at timestamptz not null,
  activity text not null,
  minutes integer not null
) partition by range (occurred_at);

create table attendance (
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  student_id integer not null,
  year_level integer not null,
  attended_on date not null,
  present boolean not null
) partition by range (attended_on);

create table tutor_feedback (
  feedback_id bigint not null,
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  student_id integer not null,
  tutor_id integer not null,
  tutor_name text not null,
  subject_area text not null,
  given_on date not null,
  rating integer not null check (rating between 1 and 5),
  note text not null
);

-- What students say of their instructors; tutor_feedback is the other way round.
create table student_feedback (
  response_id bigint not null,
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  student_id integer not null,
  tutor_id integer not null,
  tutor_name text not null,
  class_name text not null,
  subject_area text not null,
  given_on date not null,
  rating integer not null check (rating between 1 and 5)
);

create table teacher_workload (
  tenant text not null,
  school_id integer not null,
  tutor_id integer not null,
  tutor_name text not null,
  week_start date not null,
  classes integer not null,
  lessons integer not null,
  marking_hours numeric(5, 1) not null,
  meeting_hours numeric(5, 1) not null
);

create table finances (
  tenant text not null,
  school_id integer not null,
  month date not null,
  category text not null,
  kind text not null check (kind in ('fee', 'expense')),
  amount numeric(12, 2) not null
);

create table weekly_engagement (
  tenant text not null,
  school_id integer not null,
  class_id integer not null,
  class_name text not null,
  tutor_name text not null,
  subject_area text not null,
  week_start date not null,
  active_students integer not null,
  minutes integer not null,
  lessons integer not null
);

-- One partition a quarter; readers are granted the parent only, because a granted leaf escapes its parent's row security.
do $$
declare
  parent text;
  quarter date;
begin
  foreach parent in array array['assessments', 'activity_events', 'attendance'] loop
    for quarter in select generate_series(date '2025-01-01', date '2026-10-01', interval '3 months') loop
      execute format(
        'create table %I partition of %I for values from (%L) to (%L)',
        parent || to_char(quarter, '_YYYY"q"Q'), parent, quarter, (quarter + interval '3 months')::date);
    end loop;
  end loop;
end $$;

-- The same key gives the same number on every machine; random() would not.
create function demo_noise(key bigint, salt integer) returns double precision
  language sql immutable parallel safe
  return (hashint8extended(key, salt) & 1048575) / 1048576.0;

-- Around zero, within ±1.5, standard deviation 0.5.
create function demo_bell(key bigint, salt integer) returns double precision
  language sql immutable parallel safe
  return demo_noise(key, salt) + demo_noise(key, salt + 1000) + demo_noise(key, salt + 2000) - 1.5;
