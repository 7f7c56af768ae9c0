import { platform } from "../../../contract/index.ts";

const { auditOwner } = platform.roles;

/**
 * Functions that refuse to alter or drop what stands in schema audit. The owner of the store is a role that nobody can
 * log in as, so only the functions of the store and a migration act as it. They stand in a schema of their own: to drop
 * schema audit would else drop them, and with them the triggers, before they could refuse. Run as the owner.
 */
export const refuseDdlSql = `
create or replace function audit_guard.refuse_ddl() returns event_trigger language plpgsql as $$
declare
  command record;
begin
  if current_user = '${auditOwner}' then return; end if;
  for command in select * from pg_event_trigger_ddl_commands() c
    where c.schema_name in ('audit', 'audit_guard')
      -- Rules, triggers and policies have no schema, only a name such as "nothing on audit.event".
      or c.object_identity ~ ' on (audit|audit_guard)[.]'
      -- A table that was moved is in its new schema by now.
      or exists (select from pg_class t where t.oid = c.objid and t.relowner = '${auditOwner}'::regrole)
  loop
    raise exception 'the store of audit records is not altered (% of %)', tg_tag, command.object_identity
      using errcode = 'insufficient_privilege', hint = 'A new release changes it by its migration.';
  end loop;
end $$;
create or replace function audit_guard.refuse_drop() returns event_trigger language plpgsql as $$
declare
  dropped record;
begin
  if current_user = '${auditOwner}' then return; end if;
  for dropped in select * from pg_event_trigger_dropped_objects() d
    where d.schema_name in ('audit', 'audit_guard') or (d.object_type = 'schema' and d.object_identity = 'audit') loop
    raise exception 'the store of audit records is not dropped (% of %)', tg_tag, dropped.object_identity
      using errcode = 'insufficient_privilege';
  end loop;
end $$;`;

const triggerOf = (name: string, event: string, run: string): string => `
  if not exists (select from pg_event_trigger where evtname = '${name}') then
    create event trigger ${name} on ${event} execute function audit_guard.${run}();
    alter event trigger ${name} enable always;
  end if;`;

/** Run as a superuser, or on RDS as the master user: PostgreSQL lets no other role make event triggers. */
export const schemaGuardSql = `
do $$ begin
  ${triggerOf("audit_keep_schema", "ddl_command_end", "refuse_ddl")}
  ${triggerOf("audit_keep_objects", "sql_drop", "refuse_drop")}
end $$;`;
