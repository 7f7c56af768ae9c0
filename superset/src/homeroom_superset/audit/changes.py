"""Records changes of content, people and rights as SQLAlchemy writes them, before they are committed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from flask import has_app_context
from sqlalchemy import event, inspect

from homeroom_superset.audit.actor import current_actor
from homeroom_superset.audit.recorder import STRANGER, Act, Recorder
from homeroom_superset.logs.request_id import request_id

MOST_FIELDS = 40
# What each sign-in and each look at a dashboard changes, and what SQLAlchemy keeps from the other side.
IGNORED = frozenset(
    {"changed_on", "changed_by", "changed_by_fk", "last_login", "login_count", "fail_login_count"}
)


def watched() -> Mapping[type, tuple[str, str]]:
    """Returns the event and the kind of resource of each class whose rows are watched."""
    from flask_appbuilder.security.sqla.models import Group, PermissionView, Role, User
    from superset.connectors.sqla.models import RowLevelSecurityFilter, SqlaTable, SqlMetric, TableColumn
    from superset.models.core import Database, Theme
    from superset.models.dashboard import Dashboard
    from superset.models.embedded_dashboard import EmbeddedDashboard
    from superset.models.slice import Slice
    from superset.models.sql_lab import SavedQuery
    from superset.reports.models import ReportSchedule

    return {
        User: ("user.changed", "user"),
        Role: ("role.changed", "role"),
        Group: ("group.changed", "group"),
        PermissionView: ("permission.changed", "permission"),
        Database: ("database.changed", "database"),
        RowLevelSecurityFilter: ("rls.changed", "rls"),
        SqlaTable: ("dataset.changed", "dataset"),
        TableColumn: ("dataset.changed", "column"),
        SqlMetric: ("dataset.changed", "metric"),
        Dashboard: ("dashboard.changed", "dashboard"),
        EmbeddedDashboard: ("dashboard.changed", "embedded"),
        Slice: ("chart.changed", "chart"),
        ReportSchedule: ("report.changed", "report"),
        Theme: ("theme.changed", "theme"),
        SavedQuery: ("saved_query.changed", "saved_query"),
    }


def _digest(value: Any) -> str:
    return hashlib.sha256(repr(value).encode("utf-8", "replace")).hexdigest()[:32]


def _names(values: Any) -> Any:
    """Members of a relation by their keys, because their own text may be long or personal."""
    if isinstance(values, list | tuple):
        return sorted(str(_names(value)) for value in values)
    state = inspect(values, raiseerr=False)
    return values if state is None or not hasattr(state, "identity") else str(state.identity)


def changed_fields(row: Any) -> dict[str, tuple[str, str]]:
    """Returns the fields of a row that changed, with digests of before and after."""
    changed = {}
    for attribute in inspect(row).attrs:
        if attribute.key in IGNORED:
            continue
        history = attribute.history
        if history.has_changes():
            changed[attribute.key] = (_digest(_names(history.deleted)), _digest(_names(history.added)))
    return changed


class ChangeRecorder:
    """Listens to sessions. After a flush ids are known and the commit is still to come, so that an act of
    durability A that cannot be recorded does not happen."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder
        self._watched = watched()

    def install(self, session: Any) -> None:
        event.listen(session, "after_flush", self._flushed)

    def _flushed(self, session: Any, _context: Any) -> None:
        for activity, rows in (
            ("created", session.new),
            ("changed", session.dirty),
            ("deleted", session.deleted),
        ):
            for row in rows:
                if (kind := self._watched.get(type(row))) is not None:
                    self._record(activity, row, *kind)

    def _record(self, activity: str, row: Any, name: str, resource: str) -> None:
        fields = changed_fields(row)
        if activity == "changed" and not fields:
            return
        person, actor = current_actor() if has_app_context() else (STRANGER, {"type": "system"})
        change: dict[str, Any] = {"activity": activity, "fields": sorted(fields)[:MOST_FIELDS]}
        if fields:
            change["before_h"] = _digest([fields[one][0] for one in sorted(fields)])
            change["after_h"] = _digest([fields[one][1] for one in sorted(fields)])
        details: dict[str, Any] = {
            "resource": [{"type": resource, "id": str(getattr(row, "id", ""))}],
            "change": change,
        }
        if (identity := request_id()) is not None:
            details["request_id"] = identity
        self._recorder.record(Act(name=name, person=person, actor=actor, details=details))
