"""Records each statement that reaches a database on somebody's behalf (Superset's QUERY_LOGGER)."""

from __future__ import annotations

import hashlib
import logging
from typing import Any

from flask import current_app, has_app_context
from sqlglot import exp, parse
from sqlglot.errors import SqlglotError

from homeroom_superset.audit.actor import current_actor
from homeroom_superset.audit.recorder import Act
from homeroom_superset.audit.signin import EXTENSION
from homeroom_superset.logs.redact import redact_sql
from homeroom_superset.logs.request_id import request_id

logger = logging.getLogger(__name__)

LONGEST_SQL = 8_000
MOST_TABLES = 50


def described(sql: str) -> dict[str, Any]:
    """Returns the statement with `?` for its literals, its fingerprint and its tables. One that cannot be
    parsed leaves fingerprint and length alone."""
    told: dict[str, Any] = {"fp": hashlib.sha256(sql.encode("utf-8", "replace")).hexdigest()[:32]}
    try:
        statements = parse(sql, read="postgres")
    except (SqlglotError, RecursionError):
        return {**told, "length": len(sql)}
    tables = {
        table.sql(comments=False)[:200]
        for statement in statements
        if statement is not None
        for table in statement.find_all(exp.Table)
        if table.name
    }
    redacted = redact_sql(sql)
    told["fp"] = hashlib.sha256(redacted.encode("utf-8", "replace")).hexdigest()[:32]
    return {**told, "redacted_sql": redacted[:LONGEST_SQL], "tables": sorted(tables)[:MOST_TABLES]}


def _database_name(database: Any) -> str:
    """Charts give the address of the database, SQL Lab an object; an address may hold a password."""
    name = getattr(database, "database_name", None) or getattr(database, "database", None)
    return str(name)[:100] if name else "(by address)"


def log_query(
    database: Any, query: str, schema: str | None = None, client: Any = None, *_more: Any, **_named: Any
) -> None:
    recorder = current_app.extensions.get(EXTENSION) if has_app_context() else None
    if recorder is None:
        return
    try:
        recorder.record(_act(database, query, schema))
    except Exception:
        logger.exception("audit: a query was not recorded")


def _act(database: Any, query: str, schema: str | None) -> Act:
    person, actor = current_actor()
    details: dict[str, Any] = {"query": {**described(query), "db": _database_name(database)}}
    if schema:
        details["query"]["schema"] = str(schema)[:100]
    if (identity := request_id()) is not None:
        details["request_id"] = identity
    details["resource"] = [{"type": "database", "id": details["query"]["db"]}]
    return Act(name="query.run", person=person, actor=actor, details=details)
