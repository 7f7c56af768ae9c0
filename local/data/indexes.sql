create index on assessments (school_id, class_id, student_id, assessed_on);
create index on assessments (school_id, assessed_on);
create index on assessments (student_id, assessed_on);
create index on activity_events (school_id, class_id, student_id, occurred_at);
create index on activity_events (school_id, occurred_at);
create index on activity_events (student_id, occurred_at);
create index on attendance (school_id, class_id, student_id, attended_on);
create index on attendance (school_id, attended_on);
create index on attendance (student_id, attended_on);
create index on tutor_feedback (school_id, class_id, student_id, given_on);
create index on tutor_feedback (student_id, given_on);
create index on student_feedback (school_id, class_id, student_id, given_on);
create index on student_feedback (student_id, given_on);
create index on teacher_workload (school_id, week_start);
create index on finances (school_id, month);
create index on weekly_engagement (school_id, class_id, week_start);

analyze assessments; analyze activity_events; analyze attendance; analyze tutor_feedback; analyze student_feedback;
analyze teacher_workload; analyze finances; analyze weekly_engagement;
