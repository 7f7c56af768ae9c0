/**
 * The one way in which records leave the store: a whole day, after the archiver has written a receipt for it. The
 * receipt is an event named partition.archived whose resource is the partition, and a checkpoint must cover it and every
 * event of the day.
 */
export const archiveSql = `
create or replace function audit.drop_archived_partition(partition text) returns void
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
  sealed bigint;
  open_events bigint;
begin
  if partition !~ '^event_[0-9]{8}$' or to_regclass('audit.' || partition) is null then
    raise exception '% is no partition of audit.event; it has a name such as event_20260131', partition
      using errcode = 'invalid_parameter_value';
  end if;
  select max(size) into sealed from audit.checkpoint;
  if not exists (
    select from audit.event e join audit.log_index l on l.writer = e.writer and l.epoch = e.epoch and l.seq = e.seq
    where e.name = 'partition.archived' and e.status = 1 and e.resource_type = 'partition' and e.resource_id = partition
      and l.leaf_hash = e.leaf_hash and l.index < sealed
  ) then
    raise exception '% has no sealed receipt of the archive', partition using errcode = 'insufficient_privilege';
  end if;
  execute format('select count(*) from audit.%I e where not exists (
    select from audit.log_index l where l.writer = e.writer and l.epoch = e.epoch and l.seq = e.seq and l.index < $1)',
    partition) into open_events using sealed;
  if open_events > 0 then
    raise exception '% events of % are not sealed yet', open_events, partition using errcode = 'insufficient_privilege';
  end if;
  execute format('drop table audit.%I', partition);
end $$;`;
