-- Turns a copy of the demo data into the database of the tenant in demo.tenant: the schools 1 to 20 become 201 to 220,
-- with their people's numbers moved alike, and everybody else goes.
do $$
declare
  name text;
  moved text;
  tables constant text[] := array['schools', 'tutors', 'classes', 'students', 'enrolments', 'assessments', 'activity_events',
    'attendance', 'tutor_feedback', 'student_feedback', 'teacher_workload', 'finances', 'weekly_engagement'];
begin
  foreach name in array tables loop
    execute format('create temporary table %I on commit drop as select * from public.%I where %s', 'kept_' || name, name,
      case when name = 'enrolments' then 'class_id < 2100' else 'school_id <= 20' end);
    select string_agg(format('%I = %s', attname, case attname
        when 'tenant' then quote_literal(current_setting('demo.tenant'))
        when 'school_id' then 'school_id + 200'
        when 'tutor_id' then 'tutor_id + 2000'
        when 'class_id' then 'class_id + 20000'
        else 'student_id + 200000' end), ', ') into moved
      from pg_attribute
      where attrelid = format('pg_temp.%I', 'kept_' || name)::regclass
        and attname in ('tenant', 'school_id', 'tutor_id', 'class_id', 'student_id');
    execute format('update pg_temp.%I set %s', 'kept_' || name, moved);
  end loop;
  execute 'truncate public.' || array_to_string(tables, ', public.');
  foreach name in array tables loop
    execute format('insert into public.%I select * from pg_temp.%I', name, 'kept_' || name);
    execute format('analyze public.%I', name);
  end loop;
end $$;
