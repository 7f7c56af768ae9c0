import { platform } from "../../../contract/index.ts";
import { archiveSql } from "./archived-partition.ts";
import { refuseDdlSql } from "./schema-guard.ts";

const { auditOwner, auditWriter, auditSealer, auditReader, auditMaint } = platform.roles;

/** Tables that nobody may change or empty. Partitions of `event` get the same guards as they are made. */
const guarded = ["chain_guard", "event_subject", "log_index", "checkpoint"] as const;

/** How long a spool may lie before its events have no place: longer than partitions are kept, 90 days. */
const mostLateDays = 100;

const guardOf = (table: string): string => `
create or replace trigger keep_rows before update or delete on ${table}
  for each row execute function audit.refuse_change();
create or replace trigger keep_table before truncate on ${table}
  for each statement execute function audit.refuse_change();
alter table ${table} enable always trigger keep_rows;
alter table ${table} enable always trigger keep_table;`;

/** Run as a superuser, or on RDS as the master user: the role that owns the store can be taken by nobody else. */
export const ownerSql = `
do $$ begin
  if not exists (select from pg_roles where rolname = '${auditOwner}') then create role ${auditOwner} nologin; end if;
  -- RDS's master user is no superuser, and may act as a role only while it is a member; releaseOwnerSql ends that.
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('grant ${auditOwner} to %I', current_user);
  end if;
  execute format('grant temporary on database %I to ${auditOwner}', current_database());
end $$;
create schema if not exists audit authorization ${auditOwner};
create schema if not exists audit_guard authorization ${auditOwner};
revoke all on schema public from public;
revoke all on schema audit from public;
grant usage on schema audit to ${auditWriter}, ${auditSealer}, ${auditReader}, ${auditMaint};`;

/** Run as the same role as ownerSql, when the store is made. */
export const releaseOwnerSql = `
do $$ begin
  if not (select rolsuper from pg_roles where rolname = current_user) then
    execute format('revoke ${auditOwner} from %I', current_user);
  end if;
end $$;`;

const tables = `
create table if not exists audit.event (
  ts timestamptz not null,
  writer text not null,
  epoch bigint not null,
  seq bigint not null,
  leaf_hash bytea not null,
  class integer not null,
  activity integer not null,
  status smallint not null,
  retention text not null,
  name text not null,
  tenant text,
  subject_pid text,
  dashboard text,
  resource_type text,
  resource_id text,
  bytes bigint,
  header bytea not null,
  salt bytea,
  payload bytea,
  late boolean not null,
  xid xid8 not null default pg_current_xact_id()
) partition by range (ts);
create index if not exists event_person on audit.event (subject_pid, ts);
create index if not exists event_name on audit.event (name, ts);
create index if not exists event_dashboard on audit.event (dashboard, ts);
create index if not exists event_chain on audit.event (writer, epoch, seq);
create index if not exists event_xid on audit.event (xid);

-- A unique constraint of a partitioned table must hold the partition key, so the chains have a table of their own.
create table if not exists audit.chain_guard (
  writer text not null,
  epoch bigint not null,
  seq bigint not null,
  prev text not null,
  leaf_hash bytea not null,
  primary key (writer, epoch, seq),
  unique (writer, epoch, prev)
);
create table if not exists audit.event_subject (
  pid text not null,
  ts timestamptz not null,
  writer text not null,
  epoch bigint not null,
  seq bigint not null,
  primary key (pid, ts, writer, epoch, seq)
);
create table if not exists audit.log_index (
  index bigint primary key,
  leaf_hash bytea not null,
  ts timestamptz not null,
  writer text not null,
  epoch bigint not null,
  seq bigint not null,
  unique (writer, epoch, seq)
);
create table if not exists audit.checkpoint (
  size bigint primary key,
  root bytea not null,
  note text not null,
  below xid8 not null,
  sealed_at timestamptz not null default clock_timestamp()
);`;

const functions = `
create or replace function audit.refuse_change() returns trigger language plpgsql as $$
begin
  raise exception 'audit records are never changed or deleted (% on %)', tg_op, tg_table_name
    using errcode = 'insufficient_privilege';
end $$;

-- An event is of now; the collector marks what lay in a spool as late, and nothing else may be dated back.
create or replace function audit.refuse_back_dating() returns trigger language plpgsql as $$
begin
  if not new.late and new.ts not between clock_timestamp() - interval '10 minutes' and clock_timestamp() + interval '1 minute' then
    raise exception 'an audit record of % is not of now, and is not marked as late', new.ts
      using errcode = 'insufficient_privilege';
  end if;
  return new;
end $$;

-- Makes the partition of a day (UTC), with its guards: PostgreSQL gives a partition no statement trigger of its parent.
create or replace function audit.ensure_partition(day date) returns void language plpgsql as $$
declare
  name text := format('event_%s', to_char(day, 'YYYYMMDD'));
begin
  if to_regclass('audit.' || name) is not null then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('audit.ensure_partition', 0));
  if to_regclass('audit.' || name) is not null then return; end if;
  execute format('create table audit.%I partition of audit.event for values from (%L) to (%L)',
    name, day::timestamp at time zone 'UTC', (day + 1)::timestamp at time zone 'UTC');
  execute format('create trigger keep_rows before update or delete on audit.%I for each row execute function audit.refuse_change()', name);
  execute format('create trigger keep_table before truncate on audit.%I for each statement execute function audit.refuse_change()', name);
  execute format('create trigger keep_time before insert on audit.%I for each row execute function audit.refuse_back_dating()', name);
  execute format('alter table audit.%I enable always trigger keep_time', name);
  execute format('alter table audit.%I enable always trigger keep_rows', name);
  execute format('alter table audit.%I enable always trigger keep_table', name);
end $$;

-- Makes the partitions of the next week, so that an event seldom waits for one.
create or replace function audit.make_partitions() returns void
  language sql security definer set search_path = pg_catalog, pg_temp as
  $$ select audit.ensure_partition((now() at time zone 'UTC')::date + n) from generate_series(-1, 7) n $$;

-- A pseudonym has 32 hex digits; anything else that stands in its place stays in the payload alone.
create or replace function audit.pid_of(payload jsonb) returns text language sql immutable parallel safe as
  $$ select (regexp_match(payload->'actor'->>'pid', '^[0-9a-f]{32}$'))[1] $$;

-- Takes events as bytes, and computes hashes and columns from them, so that a column never says what a leaf does not.
-- Answers for each, in order: stored, same (it is here already), fork (another event has its place in the chain) or
-- refused (no time, or one more than ${String(mostLateDays)} days ago or a day ahead, so that nobody makes partitions without end).
create or replace function audit.append_events(headers bytea[], salts bytea[], payloads bytea[])
  returns table (ordinal integer, outcome text)
  language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
#variable_conflict use_column
declare
  day date;
begin
  create temporary table if not exists incoming (
    n integer, header bytea, salt bytea, payload bytea, h jsonb, p jsonb, ts timestamptz, leaf bytea, outcome text
  ) on commit delete rows;
  delete from pg_temp.incoming;
  insert into pg_temp.incoming
    select n, header, salt, payload, convert_from(header, 'UTF8')::jsonb,
      replace(convert_from(payload, 'UTF8'), '\\u0000', '')::jsonb, null,
      sha256('\\x00'::bytea || header || sha256('\\x02'::bytea || salt || payload)), 'stored'
    from unnest(headers, salts, payloads) with ordinality as given (header, salt, payload, n);
  update pg_temp.incoming set ts = timestamptz 'epoch' + make_interval(secs => 0) + (h->>'ts')::bigint * interval '1 microsecond';
  update pg_temp.incoming set outcome = 'refused'
    where ts is null or ts < clock_timestamp() - interval '${String(mostLateDays)} days' or ts > clock_timestamp() + interval '1 day';
  for day in select distinct (ts at time zone 'UTC')::date from pg_temp.incoming where outcome = 'stored' loop
    perform audit.ensure_partition(day);
  end loop;
  with kept as (
    insert into audit.chain_guard
      select h->>'writer', (h->>'epoch')::bigint, (h->>'seq')::bigint, h->>'prev', leaf
      from pg_temp.incoming where outcome = 'stored' order by n
    on conflict do nothing
    returning leaf_hash
  )
  update pg_temp.incoming i set outcome = coalesce(
    (select 'stored' from kept k where k.leaf_hash = leaf),
    (select 'same' from audit.chain_guard g
      where g.writer = h->>'writer' and g.epoch = (h->>'epoch')::bigint and g.seq = (h->>'seq')::bigint and g.leaf_hash = leaf),
    'fork')
    where outcome = 'stored';
  -- One event given twice in a call is kept once.
  update pg_temp.incoming i set outcome = 'same'
    where outcome = 'stored' and exists (select from pg_temp.incoming e where e.leaf = i.leaf and e.n < i.n);
  insert into audit.event
    select ts, h->>'writer', (h->>'epoch')::bigint, (h->>'seq')::bigint, leaf, (h->>'class')::integer,
      (h->>'activity')::integer, (h->>'status')::smallint, h->>'retention', coalesce(left(p->>'name', 100), '(none)'),
      left(p->>'tenant', 100), audit.pid_of(p),
      (select left(r->>'id', 200) from jsonb_array_elements(case jsonb_typeof(p->'resource') when 'array' then p->'resource' end) r
        where r->>'type' = 'dashboard' limit 1),
      left(p->'resource'->-1->>'type', 100), left(p->'resource'->-1->>'id', 200),
      case jsonb_typeof(p->'result'->'bytes') when 'number' then (p->'result'->>'bytes')::bigint end,
      header, salt, payload, ts not between clock_timestamp() - interval '10 minutes' and clock_timestamp() + interval '1 minute'
    from pg_temp.incoming where outcome = 'stored' order by n;
  insert into audit.event_subject
    select audit.pid_of(p), ts, h->>'writer', (h->>'epoch')::bigint, (h->>'seq')::bigint
    from pg_temp.incoming where outcome = 'stored' and audit.pid_of(p) is not null;
  return query select n, i.outcome from pg_temp.incoming i order by n;
end $$;`;

const rights = `
create or replace view audit.record as
  select e.ts, e.writer, e.epoch, e.seq, encode(e.leaf_hash, 'hex') as leaf_hash, e.class, e.activity, e.status,
    e.retention, e.name, e.tenant, e.subject_pid, e.dashboard, e.resource_type, e.resource_id, e.bytes, e.late,
    convert_from(e.payload, 'UTF8') as payload
  from audit.event e;
revoke all on all tables in schema audit from public;
revoke all on all functions in schema audit from public;
grant execute on function audit.append_events(bytea[], bytea[], bytea[]) to ${auditWriter};
grant execute on function audit.make_partitions() to ${auditWriter};
grant execute on function audit.drop_archived_partition(text) to ${auditMaint};
grant select on audit.event, audit.log_index, audit.checkpoint to ${auditSealer};
grant insert on audit.log_index, audit.checkpoint to ${auditSealer};
grant select on audit.record, audit.event, audit.log_index, audit.checkpoint to ${auditReader};`;

/** Run as the owner. Running it again changes nothing. */
export const storeSql = [
  tables,
  functions,
  refuseDdlSql,
  archiveSql,
  ...guarded.map((table) => guardOf(`audit.${table}`)),
  rights,
].join("\n");
