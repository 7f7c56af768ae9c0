"""Takes each guard away in a copy of the source and expects its tests to fail.

Run: python test/superset/mutations.py [words to select by]
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

TESTS = Path(__file__).parent
SOURCE = TESTS.parents[1] / "superset" / "src" / "homeroom_superset"
CONTRACT = TESTS.parents[1] / "contract"


@dataclass(frozen=True)
class Mutation:
    guard: str
    file: str
    old: str
    new: str
    test: str


MUTATIONS = (
    Mutation("token size", "token/token.py", "> self._limits.max_bytes", "> 10**9", "token/test_token.py"),
    Mutation("expiry", "token/token.py", "now >= expires + skew", "False", "token/test_token.py"),
    Mutation("not before", "token/token.py", "now < not_before - skew or", "", "token/test_token.py"),
    Mutation("longest life", "token/token.py", "or expires - issued > self._limits.max_age_seconds", "", "token/test_token.py"),
    Mutation("tenant of the key", "token/token.py", "claims.tenant not in key.tenants", "False", "token/test_token.py"),
    Mutation("issuer of the key", "token/token.py", "issuer=key.issuer,", "", "token/test_token.py"),
    Mutation("audience", "token/token.py", '"verify_aud": True', '"verify_aud": False', "token/test_token.py"),
    Mutation("schema of the claims", "token/claims.py", "return self._accepts(raw) and", "return", "token/test_vectors.py"),
    Mutation("whole numbers", "token/claims.py", " and not _holds_float(raw)", "", "token/test_token.py"),
    Mutation("claims nobody can judge", "token/claims.py", "return False\n", "return True\n", "token/test_vectors.py"),
    Mutation("signature", "token/token.py", '"verify_signature": True', '"verify_signature": False', "token/test_token.py"),
    Mutation("retirement", "token/token.py", "now >= key.retire_at", "False", "token/test_token.py"),
    Mutation("activation", "token/token.py", "now < key.activate_at - self._limits.skew_seconds", "False", "token/test_token.py"),
    Mutation("changed key set", "token/token.py", "found.generation != generation", "False", "token/test_token.py"),
    Mutation("strict integers", "token/claims.py", "type(value) is int", "isinstance(value, int | float)", "token/test_token.py"),
    Mutation("made-up key set", "token/jwks.py", "if AWS_PLACEHOLDER.fullmatch(text.strip()):", "if False:", "token/test_token.py"),
    Mutation("private key", "token/jwks.py", '"d" in raw', "False", "token/test_token.py"),
    Mutation("bounded refusals", "events.py", "self._count <= REFUSALS_PER_SECOND", "True", "token/test_events.py"),
    Mutation("scope of a forged token", "events.py", "{} if claims is None else _scope(claims)", "{}", "token/test_events.py"),
    Mutation("revocation", "token/token.py", "self._revocations.check(claims)", "pass", "gate/test_gate.py"),
    Mutation("revoked user", "token/revocation.py", '("user", f"user:{claims.tenant}:{claims.user_id}"),', "", "token/test_revocation.py"),
    Mutation("revoked school", "token/revocation.py", '("school", f"school:{claims.tenant}:{claims.school_id}"),', "",
             "token/test_revocation.py"),
    Mutation("revoked tenant", "token/revocation.py", '("tenant", f"tenant:{claims.tenant}"),', "", "token/test_revocation.py"),
    Mutation("revoked token", "token/revocation.py", 'if f"jti:{claims.jti}" in entries:', "if False:", "token/test_revocation.py"),
    Mutation("revoked key", "token/revocation.py", 'if f"kid:{claims.kid}" in entries:', "if False:", "token/test_revocation.py"),
    Mutation("floor of revocations", "token/revocation.py", "issued < snapshot.min_issued_at", "False", "token/test_revocation.py"),
    Mutation("old snapshot", "token/revocation.py", "if known is None or not self._is_good(known):", "if known is None:",
             "token/test_revocation.py"),
    Mutation("snapshot of a fork", "token/revocation.py", "self._process != os.getpid()", "False", "token/test_revocation.py"),
    Mutation("lost list", "token/trust_store.py", "or entries.get(trust.floor_field) != min_issued_at", "", "token/test_trust_store.py"),
    Mutation("lost store", "token/trust_store.py", "if min_issued_at is None or entries.get(trust.floor_field) != min_issued_at:",
             "min_issued_at = min_issued_at or '0'\n        if False:", "token/test_trust_store.py"),
    Mutation("empty clause", "policy/clause.py", "if not conditions:", "if conditions is None:", "policy/test_policy.py"),
    Mutation("missing claim", "policy/clause.py", "return NOTHING\n        parts.append(part)", "continue\n        parts.append(part)",
             "policy/test_policy.py"),
    Mutation("plain text", "policy/clause.py", "PLAIN_TEXT.fullmatch(value)", "True", "policy/test_policy.py"),
    Mutation("cookie beside a token", "gate/cookies.py", "TOKEN_KEY not in environ and ", "", "gate/test_cookies.py"),
    Mutation("cookie on an embed host", "gate/cookies.py", "all(host in self._studio_hosts for host in hosts)", "True", "gate/test_cookies.py"),
    Mutation("cookie on the way out", "gate/cookies.py", 'name.lower() != "set-cookie"', "True", "gate/test_cookies.py"),
    Mutation("invalid token", "gate/gate.py", 'return refusal_of(refusal.status, f"token refused: {refusal}")', "return None", "gate/test_gate.py"),
    Mutation("token in the address", "gate/gate.py", '("jwt" in request.args or "guest_token" in request.args)', "False", "gate/test_gate.py"),
    Mutation("endpoint list", "gate/gate.py", "not allowed(request.endpoint, request.method, guest=True)", "False", "gate/test_gate.py"),
    Mutation("own dashboard", "gate/gate.py", "_check_place(dashboard)\n        if", "if", "gate/test_gate.py"),
    Mutation("pin", "gate/gate.py", "pin_request(dashboard)", "pass", "gate/test_gate.py"),
    Mutation("CSRF", "gate/csrf.py", "if has_session or is_login:", "if False:", "gate/test_gate.py"),
    Mutation("slug of the token", "embed/embed.py", "claims.dashboard != slug", "False", "gate/test_gate.py"),
    Mutation("filter state of another", "gate/filter_state.py", "if not hmac.compare_digest(", "if False and hmac.compare_digest(", "gate/test_gate.py"),
    Mutation("tab of another", "gate/filter_state.py", """_mac(f"{_owner(claims)}:slot:{slot}")""", "str(slot)", "gate/test_gate.py"),
    Mutation("tables of the SQL", "policy/statement.py", "if not _has_clause(node, clause):", "if False:", "policy/test_statement.py"),
    Mutation("clause that stands in an OR", "policy/statement.py", "if isinstance(bare, exp.And):", "if isinstance(bare, exp.Connector):", "policy/test_statement.py"),
    Mutation("clause beside a join", "policy/statement.py", 'if any(select.args.get(part) for part in ("joins", "laterals", "with_")):', "if False:", "policy/test_statement.py"),
    Mutation("WITH queries seen before they are made", "policy/statement.py", "if below is common and other is inside", "if False and other is inside", "policy/test_statement.py"),
    Mutation("capitals of names", "policy/statement.py", 'return "".join(character.lower() if character.isascii() else character for character in text)', "return text", "policy/test_statement.py"),
    Mutation("quotes of names", "policy/statement.py", 'if name.args.get("quoted"):', "if False:", "policy/test_statement.py"),
    Mutation("functions that read by name", "policy/statement.py", "if name not in ALLOWED:", "if False:", "policy/test_statement.py"),
    Mutation("functions of other schemas", "policy/statement.py", 'if schema not in (None, "pg_catalog"):', "if False:", "policy/test_statement.py"),
    Mutation("SQL that writes", "policy/statement.py", "if change := self._tree.find(*CHANGING_NODES):", "if change := None:", "policy/test_statement.py"),
    Mutation("tables beneath a SQL dataset", "policy/dataset.py", "if unknown := sorted(named - policy.tables.keys()):", "if unknown := []:", "policy/test_dataset.py"),
    Mutation("declared tables of a SQL dataset", "policy/dataset.py", "if declared is not None and", "if False and", "policy/test_dataset.py"),
    Mutation("rows at the last moment", "gate/row_lock.py", "return statement.over(", "return sql or statement.over(", "gate/test_row_lock.py"),
    Mutation("unknown tables at the last moment", "gate/row_lock.py", "if statement.tables - policy.tables.keys():", "if False:", "gate/test_row_lock.py"),
    Mutation("datasets without a policy", "gate/gate.py", '            require_policy(request.get_json()["datasource"]["id"])\n', "", "gate/test_gate.py"),
    Mutation("scope of the cache", "gate/security_manager.py", "[*key, f\"homeroom policy {policy.hash}\", f\"homeroom scope {claims.scope(policy.claims)}\"]", "key", "gate/test_cache_key.py"),
    Mutation("columns", "pin/query.py", "column_identity(column) not in self._columns", "False", "pin/test_pin.py"),
    Mutation("metrics", "pin/query.py", "metric_identity(metric) not in known", "False", "pin/test_pin.py"),
    Mutation("free SQL", "pin/query.py", "self._refuse_extras(asked.get(\"extras\") or {})", "pass", "pin/test_pin.py"),
    Mutation("undeclared filter", "pin/query.py", "if column not in columns:", "if False:", "pin/test_pin.py"),
    Mutation("column of a time range", "pin/query.py", "if column not in times:", "if False:", "pin/test_pin.py"),
    Mutation("time range without a declared time filter", "pin/query.py",
             'saved_times([*self._queries, pinned]) if self._dashboard.declares("filter_time") else ()', "saved_times(self._queries)", "pin/test_pin.py"),
    Mutation("text of a grain", "pin/query.py", "isinstance(value, str) and value in GRAINS", "value in GRAINS", "pin/test_pin.py"),
    Mutation("levels of a body", "gate/gate.py", "cast(PinnableRequest, request).check_body()", "pass", "gate/test_gate.py"),
    Mutation("body that cannot be read", "pin/request.py", "except RecursionError:", "except KeyError:", "gate/test_gate.py"),
    Mutation("depth of the address", "pin/pin.py", "except (ValueError, RecursionError):", "except ValueError:", "pin/test_pin.py"),
    Mutation("length of a page", "pin/paging.py", "if size not in sizes:", "if False:", "pin/test_pin.py"),
    Mutation("where a page begins", "pin/paging.py", "if offset % size or offset >= self.rows:", "if False:", "pin/test_pin.py"),
    Mutation("columns of a search", "pin/paging.py", 'and entry["col"] in self.searchable', "", "pin/test_pin.py"),
    Mutation("rows of all pages", "pin/query.py", 'pinned["row_limit"] = self._paging.rows', "pass", "pin/test_pin.py"),
    Mutation("order of pages", "pin/paging.py", "if all(by != term[0] for term in steadied):", "if False:", "pin/test_pin.py"),
    Mutation("time range", "pin/values.py", "get_since_until(value, time_shift=shift)", "pass", "pin/test_pin.py"),
    Mutation("result type", "pin/pin.py", 'if body.get("result_type") not in (None, "full"):', "if False:", "pin/test_pin.py"),
    Mutation("result format", "pin/pin.py", 'if body.get("result_format") not in (None, "json"):', "if False:", "pin/test_pin.py"),
    Mutation("chart of the dashboard", "pin/pin.py", 'form.get("dashboardId") not in (None, dashboard.id)', "False", "pin/test_pin.py"),
    Mutation("address of chart data", "pin/pin.py", "set(arguments) - ADDRESS_ARGUMENTS", "set()", "pin/test_pin.py"),
    Mutation("SQL of datasets", "gate/trim.py", "if key in KEPT}", "}", "gate/test_trim.py"),
    Mutation("claims of a checkout", "database/connections.py", "prepare(conn, signer, budget)\n                break", "break", "database/test_connections.py"),
    Mutation("claims of each transaction", "database/connections.py", "cast(PooledConnection, self.connection).bind()", "pass",
             "database/test_claims_on_postgres.py"),
    Mutation("what a guest leaves open", "database/connections.py", '"close all",', "", "database/test_claims_on_postgres.py"),
    Mutation("settings that a guest leaves", "database/connections.py", '"reset all",', "", "database/test_claims_on_postgres.py"),
    Mutation("statements that a guest leaves", "database/connections.py", '"deallocate all",', "", "database/test_claims_on_postgres.py"),
    Mutation("claims beyond the policy's", "database/analytics.py", "if name in bound", "", "database/test_connections.py"),
    Mutation("tenant without a database", "database/analytics.py", "self._tenants is not None and tenant not in self._tenants", "False",
             "database/test_connections.py"),
    Mutation("database of the tenant", "database/analytics.py", "self._tenant_pools.get(tenant, self.shared)", "self.shared", "database/test_connections.py"),
    Mutation("login of the tenant", "database/analytics.py", "settings.tenant_secret(READER, tenant)", "READER", "database/test_connections.py"),
    Mutation("one database for two tenants", "settings.py", "if len({database_address(url) for url in own.values()}) < len(own):", "if False:",
             "test_settings.py"),
    Mutation("date that is none", "policy/clause.py", "date.fromisoformat(value).isoformat() == value", "True", "policy/test_policy.py"),
    Mutation("UUID that is none", "policy/clause.py", "UUID_TEXT.fullmatch(value)", "True", "policy/test_policy.py"),
    Mutation("set of another type", "policy/clause.py", "if any(element is None for element in elements)", "if False", "policy/test_policy.py"),
    Mutation("cleaning", "database/connections.py", "if clean(conn):", "if True:", "database/test_connections.py"),
    Mutation("author beside a token", "gate/current.py", "or verified_claims() is not None", "", "database/test_connections.py"),
    Mutation("author on an embed host", "gate/current.py", "has_request_context() and request.environ.get(DROPPED)", "False",
             "database/test_connections.py"),
    Mutation("unlocked source", "database/analytics.py", "if claims is not None:\n                raise", "if False:\n                raise",
             "database/test_connections.py"),
    Mutation("login read again", "database/login.py", "if current == login:", "if True:", "database/test_login.py"),
    Mutation("role of the metadata login", "database/metadata.py", "if not same_server_and_role(url, connect):", "if False:", "database/test_login.py"),
    Mutation("old login of metadata", "database/metadata.py", "if login is not None and not is_in_use", "if False and not is_in_use",
             "database/test_login.py"),
    Mutation("old login of analytics", "database/connections.py", "if not self._is_current(conn):", "if False:", "database/test_login.py"),
    Mutation("login in its file", "settings.py", "not _is_login(value)", "False", "test_settings.py"),
    Mutation("proof of the new key", "jobs/rotate_secret_key.py", "    _prove(connection, columns, current, expected)\n", "",
             "jobs/test_rotate_secret_key.py"),
    Mutation("text of the proof", "jobs/rotate_secret_key.py", " or _fingerprint(text) != expected.get(value.location)", "",
             "jobs/test_rotate_secret_key.py"),
    Mutation("columns that were found", "jobs/rotate_secret_key.py", "if missing:", "if False:", "jobs/test_rotate_secret_key.py"),
    Mutation("who changed a row last", "jobs/rotate_secret_key.py", "table.update().where(*row)",
             "column.table.update().where(*(key == part for key, part in zip(keys, value.row, strict=True)))",
             "jobs/test_rotate_secret_key.py"),
    Mutation("luck of either key", "jobs/rotate_secret_key.py", "if by_old is not None and by_new is not None:", "if False:",
             "jobs/test_rotate_secret_key.py"),
    Mutation("claims in the row rules of the key and the query", "gate/security_manager.py", "rule_clause(row.clause, values)", "row.clause", "policy/test_rule.py"),
    Mutation("missing claim in a row rule", "policy/rule.py", "if any(literal is None for literal in literals.values()):", "if False:", "policy/test_rule.py"),
    Mutation("other templates in a row rule", "policy/rule.py", 'if TEMPLATE.search(MACRO.sub("", clause)):', "if False:", "policy/test_rule.py"),
    Mutation("unplain claims in a row rule", "policy/rule.py", "if bound is None:\n        return None", "if bound is None:\n        return str(value)", "policy/test_rule.py"),
    Mutation("claims of the token itself in a row rule", "policy/rule.py", "None if name in CLAIMS_WITHOUT_ROWS else claims.get(name)", "claims.get(name)", "policy/test_rule.py"),
    Mutation("templates stay off", "superset_config.py", '"ENABLE_TEMPLATE_PROCESSING": False', '"ENABLE_TEMPLATE_PROCESSING": True', "policy/test_rule.py"),
    Mutation("single use", "embed/entry.py", "nx=True, ", "", "embed/test_entry.py"),
    Mutation("memory of a used address", "embed/entry.py", "ex=seconds", "ex=1", "embed/test_entry.py"),
    Mutation("single use without a store", "embed/entry.py", "raise TrustStoreUnreadable(", "print(", "embed/test_entry.py"),
    Mutation("used address", "embed/embed.py", "services().entries.enter(claims)", "pass", "gate/test_gate.py"),
    Mutation("looking does not use an address up", "embed/embed.py", 'if request.method == "GET":', "if True:", "gate/test_gate.py"),
    Mutation("share of a person", "gate/gate.py", "services().shares.take(claims)", "pass", "gate/test_gate.py"),
    Mutation("end of a share", "gate/share.py", "if level > burst then", "if false then", "gate/test_share.py"),
    Mutation("person of a share", "gate/share.py", 'f"{claims.tenant}:{claims.user_id}"', "claims.jti", "gate/test_share.py"),
    Mutation("slots of filter states", "gate/tabs.py", "% tonumber(ARGV[2])", "", "gate/test_share.py"),
    Mutation("arguments of an address", "gate/gate.py", 'check_arguments(request.endpoint or "")', "pass", "gate/test_gate.py"),
    Mutation("words of a beacon", "gate/gate.py", "if request.environ.get(DROPPED) and request.endpoint in BEACONS:", "if False:", "gate/test_gate.py"),
    Mutation("length of rison", "gate/arguments.py", "if len(text) > LONGEST_RISON:", "if False:", "gate/test_bounds.py"),
    Mutation("shape of a time range", "gate/arguments.py", 'set(entry) - {"timeRange", "shift"}', "False", "gate/test_bounds.py"),
    Mutation("columns taken away", "gate/arguments.py", "[*columns, *TAKEN_AWAY]", "columns", "gate/test_bounds.py"),
    Mutation("bytes of a body", "pin/body.py", "if (declared or 0) > MOST_BYTES:", "if False:", "gate/test_bounds.py"),
    Mutation("body without a length", "pin/body.py", "if declared is None and chunked:", "if False:", "gate/test_bounds.py"),
    Mutation("entries of a list", "pin/body.py", "if size > MOST_ENTRIES:", "if False:", "gate/test_bounds.py"),
    Mutation("values of a body", "pin/body.py", "if count > MOST_VALUES:", "if False:", "gate/test_bounds.py"),
    Mutation("64 bit", "pin/body.py", "abs(value) > LARGEST_INTEGER", "False", "gate/test_bounds.py"),
    Mutation("length of a text", "pin/body.py", "if len(text) > longest:", "if False:", "gate/test_bounds.py"),
    Mutation("text that cannot be stored", "pin/body.py", "if UNSTORABLE.search(text):", "if False:", "gate/test_bounds.py"),
    Mutation("size of a filter state", "gate/filter_state.py", "if size > MOST_BYTES:", "if False:", "gate/test_bounds.py"),
    Mutation("levels of a filter state", "gate/filter_state.py", 'if levels_in(value, "[{", "]}") > MOST_LEVELS:', "if False:", "gate/test_bounds.py"),
    Mutation("kind of a filter value", "pin/kinds.py", "if not _fits(value, kind):", "if False:", "pin/test_kinds.py"),
    Mutation("text of a pattern", "pin/filter_value.py", "return comparable(value, Kind.TEXT, place)", "return value", "pin/test_kinds.py"),
    Mutation("mixed values", "pin/filter_value.py", "if len({isinstance(value, str)", "if False and len({isinstance(value, str)", "pin/test_kinds.py"),
    Mutation("number of filters", "pin/filter_value.py", "if len(asked) > MOST_FILTERS:", "if False:", "pin/test_kinds.py"),
    Mutation("values of all filters", "pin/filter_value.py", "if together > MOST_VALUES_TOGETHER:", "if False:", "pin/test_kinds.py"),
    Mutation("terms of an order", "pin/query.py", "if len(terms) > (most := ", "if False and len(terms) > (most := ", "pin/test_kinds.py"),
    Mutation("length of listed members", "pin/query.py", "if len(entries(asked.get(key))) > MOST_LISTED:", "if False:", "pin/test_kinds.py"),
    Mutation("time of a statement", "database/connections.py", 'settings["statement_timeout"] = str(self.budget())', "pass", "database/test_claims_on_postgres.py"),
    Mutation("spent time", "database/analytics.py", "if remaining == 0:", "if False:", "gate/test_headers.py"),
    Mutation("session of a guest", "gate/sessions.py", "if not needs_none():", "if True:", "gate/test_sessions.py"),
    Mutation("session of a sign-in form", "gate/sessions.py", "if SIGNED_IN not in session:", "if False:", "gate/test_sessions.py"),
    Mutation("broken Referer", "gate/headers.py", "if value is not None and not _is_address(value):", "if False:", "gate/test_headers.py"),
    Mutation("Superset's words to a guest", "gate/answers.py", "if response.status_code < 400 or", "if True or", "gate/test_studio.py"),
    Mutation("empty bundle", "gate/studio.py", "if not files:", "if False:", "gate/test_studio.py"),
    Mutation("bundle that unpacks to much", "gate/studio.py", "if len(files) > MOST_FILES or unpacked > MOST_BYTES:", "if False:", "gate/test_studio.py"),
    Mutation("SQL with templates", "gate/studio.py", "sqlglot.parse(sql, read=\"postgres\")", "pass", "gate/test_studio.py"),
    Mutation("guests in the action log", "actions/logger.py", "if is_author():", "if True:", "actions/test_logger.py"),
    Mutation("members of the action log", "actions/logger.py", "name not in KEPT or", "", "actions/test_logger.py"),
    Mutation("records of the action log", "actions/logger.py", "records[:MOST_RECORDS]", "records", "actions/test_logger.py"),
    Mutation("age of the action log", "actions/prune.py", "where dttm < :before", "where dttm <> :before", "actions/test_prune.py"),
    Mutation("values in a guest's lines", "logs/records.py", "_constant(record) if by_guest() else", "", "logs/test_records.py"),
    Mutation("text of an error", "logs/records.py", "if isinstance(record.msg, BaseException):", "if False:", "logs/test_records.py"),
    Mutation("traceback", "logs/records.py", "record.exc_info = record.exc_text = record.stack_info = None", "pass", "logs/test_records.py"),
    Mutation("literals of SQL", "logs/redact.py", '"?" if t.token_type in LITERALS else', "", "logs/test_records.py"),
    Mutation("words of a driver", "logs/redact.py", "if (driver := DRIVER.search(text)) is not None:", "if (driver := None) is not None:", "logs/test_records.py"),
    Mutation("length of a line", "logs/redact.py", "return line if len(line) <= LONGEST_LINE else", "return line if True else", "logs/test_records.py"),
    Mutation("lines of a second", "logs/rate.py", "missed, self._count <= self._most", "missed, True", "logs/test_records.py"),
    Mutation("form of a token", "token/token.py", "check_form(raw)", "pass", "token/test_vectors.py"),
    Mutation("members named twice", "token/strict.py", "if len(members) < len(pairs):", "if False:", "token/test_vectors.py"),
    Mutation("spare bits", "token/strict.py", "if base64.urlsafe_b64encode(decoded).rstrip(b\"=\").decode() != part:", "if False:", "token/test_vectors.py"),
    Mutation("rows of the platform", "pin/values.py", 'return min(whole(value, "row_limit", LARGEST_LIMIT), most)',
             'return whole(value, "row_limit", LARGEST_LIMIT)', "pin/test_row_limit.py"),
    Mutation("saved pre-filter", "pin/native.py", "return prefilter.enforce(query)", "return query", "pin/test_prefilter.py"),
    Mutation("SQL of a pre-filter", "pin/prefilter.py", "place[clause] != self._texts.get(clause)", "False", "pin/test_prefilter.py"),
    Mutation("time columns that a filter offers", "pin/saved.py", "and any(self._is_time(dataset, column) for dataset in listed)", "",
             "pin/test_time_column.py"),
    Mutation("time columns of the chart's dataset", "pin/saved.py", "and self._is_time(chart.dataset_id, column)", "",
             "pin/test_time_column.py"),
    Mutation("query made of the form", "pin/saved_query.py", "if context is None:", "if False:", "pin/test_saved_query.py"),
    Mutation("expression of a cross-filter", "pin/query.py", "if asked == known:", "if True:", "pin/test_cross_filter.py"),
    Mutation("expressions without cross-filters", "pin/saved.py", "if not self.cross_filters:", "if False:", "pin/test_cross_filter.py"),
    Mutation("answers from the cache", "pin/pin.py", '"force": False', '"force": body.get("force") is True', "pin/test_freshness.py"),
    Mutation("lifetime of a chart's answers", "pin/pin.py", "**_lifetime(chart.cache_seconds),", "", "pin/test_freshness.py"),
    Mutation("lifetime of a filter's values", "pin/pin.py", "**_lifetime(dashboard.cache_seconds()),", "", "pin/test_freshness.py"),
    Mutation("chart types that guests cannot see", "superset_config.py", "VIZ_TYPE_DENYLIST = chart_types.CLOSED", "", "test_denied_chart_types.py"),
    Mutation("dates of a school's days", "pin/pin.py", "in_school_time(pinned, guest_zone())", "pinned", "pin/test_school_zone.py"),
    Mutation("school's clock in Superset", "application.py", "SchoolClock().install()", "pass", "pin/test_school_zone.py"),
    Mutation("time of dates", "pin/school_time.py", "date_parser.datetime = LocalDatetime", "pass", "pin/test_school_time.py"),
    Mutation("time of words", "pin/school_time.py", 'parsedatetime.time = cast(Any, LocalTime("time"))', "pass", "pin/test_school_time.py"),
    Mutation("zones of tenants", "settings.py", "return _zones_problem(name, value)", "return None", "test_settings.py"),
    Mutation("origin around a frame", "embed/domains.py", "if not _is_among(request.referrer, services().settings.embed_origins):", "if False:",
             "embed/test_domains.py"),
    Mutation("origin around a page", "embed/embed.py", "if (refused := check_page(dashboard.embedded_uuid)) is not None:",
             "if (refused := None) is not None:", "embed/test_domains.py"),
    Mutation("frame of our own page", "embed/domains.py", 'request.environ["HTTP_REFERER"] = listed[0]', "pass", "embed/test_domains.py"),
)  # fmt: skip


def survives(mutation: Mutation, folder: Path) -> bool:
    root = folder / "superset" / "src"
    shutil.rmtree(folder / "superset", ignore_errors=True)
    shutil.copytree(SOURCE, root / "homeroom_superset", ignore=shutil.ignore_patterns("__pycache__"))
    target = root / "homeroom_superset" / mutation.file
    text = target.read_text(encoding="utf-8")
    if text.count(mutation.old) != 1:
        raise SystemExit(
            f"{mutation.guard}: {mutation.file} holds {mutation.old!r} {text.count(mutation.old)} times, not once"
        )
    target.write_text(text.replace(mutation.old, mutation.new), encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        str(TESTS / mutation.test),
    ]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return (
        subprocess.run(command, env=environment, cwd=folder, capture_output=True, check=False).returncode == 0
    )


def main(words: list[str]) -> int:
    chosen = [m for m in MUTATIONS if not words or any(w in f"{m.guard} {m.file}" for w in words)]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "contract").symlink_to(CONTRACT)
        alive = [m.guard for m in chosen if survives(m, folder)]
    print(f"{len(chosen) - len(alive)} of {len(chosen)} guards turn a test red when they are taken away")
    for guard in alive:
        print(f"not noticed: {guard}")
    return 1 if alive else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
