"""Superset's one event logger: a chain that gives each event to the loggers for its sender.

Superset's action log, a table of the metadata database, takes events of authors alone. Events of guests go to
the loggers in `guests`: none here, until a log of access is one of them.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import has_request_context
from superset.extensions import stats_logger_manager
from superset.utils.log import AbstractEventLogger

from homeroom_superset.gate.current import is_author
from homeroom_superset.logs.redact import redact

logger = logging.getLogger(__name__)

MOST_RECORDS = 50
"""The most records of one event: a browser sends what happened in a second together."""
MOST_BYTES = 2_048
"""The most bytes of one record as JSON."""
LONGEST_TEXT = 200
# Says what was opened and how long it took; never SQL, values of filters, forms or what somebody typed.
KEPT = frozenset(
    {
        "path", "url_rule", "object_ref", "dashboard_id", "slice_id", "chart_id", "database_id", "dataset_id",
        "datasource_id", "source", "source_id", "ts", "event_name", "event_type", "event_id", "impression_id",
        "version", "trigger_event", "start_offset", "duration", "duration_ms", "is_cached", "force_refresh",
        "row_count", "viz_type", "data_age", "has_err", "engine", "visibility",
        "target_id",
    }
)  # fmt: skip


def scrub(record: Any) -> dict[str, Any]:
    """Returns what is kept of one record: short scalars with known names."""
    kept: dict[str, Any] = {}
    size = 0
    for name, value in record.items() if isinstance(record, dict) else ():
        if name not in KEPT or not isinstance(value, str | int | float | bool):
            continue
        short = redact(value)[:LONGEST_TEXT] if isinstance(value, str) else value
        size += len(json.dumps({name: short}))
        if size > MOST_BYTES:
            break
        kept[name] = short
    return kept


class EventChain(AbstractEventLogger):
    def __init__(
        self, authors: Sequence[AbstractEventLogger], guests: Sequence[AbstractEventLogger] = ()
    ) -> None:
        self._authors = tuple(authors)
        self._guests = tuple(guests)

    def log_with_context(
        self,
        action: str,
        duration: timedelta | None = None,
        object_ref: str | None = None,
        log_to_statsd: bool = True,
        database: Any | None = None,
        **payload_override: Any,
    ) -> None:
        try:
            if is_author():
                super().log_with_context(
                    action, duration, object_ref, log_to_statsd, database, **payload_override
                )
                return
            if log_to_statsd:
                stats_logger_manager.instance.incr(action)
            for link in self._guests if has_request_context() else ():
                link.log_with_context(action, duration, object_ref, False, database, **payload_override)
        except Exception:
            # Superset reads the payload of a request in many ways; none of them may fail the request itself.
            logger.warning("an event was not logged", exc_info=True)

    def log(
        self,
        user_id: int | None,
        action: str,
        dashboard_id: int | None,
        duration_ms: int | None,
        slice_id: int | None,
        referrer: str | None,
        *args: Any,
        **kwargs: Any,
    ) -> None:
        records = kwargs.get("records") or [kwargs.get("curated_payload") or {}]
        kept = [scrub(record) for record in records[:MOST_RECORDS]]
        for link in self._authors:
            link.log(
                user_id, action, dashboard_id, duration_ms, slice_id,
                redact(referrer)[:LONGEST_TEXT] if referrer else None, records=kept,
            )  # fmt: skip
