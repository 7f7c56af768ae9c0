insert into teacher_workload
select t.tenant, t.school_id, t.tutor_id, t.tutor_name, w.monday, load.classes,
  load.classes * 3 + floor(demo_noise(seed, 51) * 3)::integer,
  round((load.classes * 1.1 + term_end.rush * 3 + 1.5 + demo_bell(t.tutor_id, 52) * 2 + demo_bell(seed, 53))::numeric, 1),
  round((1.5 + demo_noise(seed, 54) * 2.5 + demo_noise(t.school_id, 55))::numeric, 1)
from tutors t
join (select tutor_id, count(*)::integer as classes from classes group by tutor_id) load using (tutor_id)
cross join school_weeks w
join (select week, case when row_number() over (partition by year, term order by week desc) <= 2 then 1 else 0 end as rush
  from school_weeks) term_end using (week)
cross join lateral (select t.tutor_id * 1000::bigint + w.week as seed) k;

-- Tuition is billed as a term begins and trails off; expenses run all year, which is why the balance swings.
insert into finances
select s.tenant, s.school_id, month, category, kind,
  round((s.student_count * s.annual_fee * share * season
    * (1 + 0.04 * (extract(year from month) - 2025))
    * (1 + demo_bell(s.school_id * 1000 + extract(month from month)::integer * 10 + line, 61) * 0.12)
    * case when kind = 'expense' then 0.92 + demo_noise(s.school_id, 62) * 0.14 else 1 end)::numeric, 2)
from schools s
cross join (select m::date as month, extract(month from m)::integer as number from generate_series(date '2025-01-01', date '2026-11-01', interval '1 month') m) months
cross join (values
  (1, 'Tuition', 'fee', 0.84), (2, 'Technology levy', 'fee', 0.06), (3, 'Excursions', 'fee', 0.10),
  (4, 'Salaries', 'expense', 0.68), (5, 'Facilities', 'expense', 0.14), (6, 'Learning resources', 'expense', 0.08), (7, 'Administration', 'expense', 0.06)
) lines (line, category, kind, share)
cross join lateral (select case
  when category = 'Tuition' then (array[0.16, 0.10, 0.04, 0.14, 0.08, 0.03, 0.14, 0.08, 0.03, 0.12, 0.06, 0.02])[number]
  when category = 'Excursions' then (array[0.01, 0.05, 0.13, 0.04, 0.12, 0.09, 0.05, 0.16, 0.13, 0.07, 0.12, 0.03])[number]
  when category = 'Learning resources' then (array[0.20, 0.14, 0.06, 0.08, 0.06, 0.05, 0.11, 0.07, 0.05, 0.09, 0.06, 0.03])[number]
  else 1.0 / 12 end as season) x;
