"""The school's clock: "Current day", "Last week" and their kin are the school's, not the server's.

Superset reads them with `datetime.now()` and, through parsedatetime, with `time.localtime()`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from types import ModuleType
from typing import Any, cast
from zoneinfo import ZoneInfo

import parsedatetime
from superset.utils import date_parser

from homeroom_superset.pin.identity import entries
from homeroom_superset.pin.values import PARSER_ERRORS

NO_ZONE: Callable[[], ZoneInfo | None] = lambda: None  # noqa: E731
UNCHANGING = ("", "No filter")


def guest_zone() -> ZoneInfo | None:
    """Returns the time zone of the guest's tenant; None for an author and outside a request."""
    from homeroom_superset.gate.current import verified_claims
    from homeroom_superset.services import services

    claims = verified_claims()
    if claims is None:
        return None
    name = (services().settings.tenant_time_zones or {}).get(claims.tenant)
    return None if name is None else ZoneInfo(name)


@dataclass(frozen=True)
class SchoolClock:
    """Local time without an offset, as Superset compares it with dates."""

    zone: Callable[[], ZoneInfo | None] = guest_zone
    utc: Callable[[], datetime] = lambda: datetime.now(UTC)

    def now(self) -> datetime:
        zone = self.zone()
        local = self.utc().astimezone(zone)
        return local.replace(tzinfo=None)

    def install(self) -> None:
        """Makes Superset read relative time ranges by this clock, which is the server's without a zone."""
        clock = self

        class LocalDatetime(datetime):
            def __new__(cls, *args: Any, **named: Any) -> datetime:  # type: ignore[misc]
                return datetime(*args, **named)

            @classmethod
            def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
                return clock.now() if tz is None else clock.utc().astimezone(tz)

        class LocalTime(ModuleType):
            def __getattr__(self, name: str) -> Any:
                return getattr(time, name)

            def localtime(self, seconds: float | None = None) -> time.struct_time:
                return clock.now().timetuple() if seconds is None else time.localtime(seconds)

        date_parser.datetime = LocalDatetime
        parsedatetime.time = cast(Any, LocalTime("time"))


def in_school_time(body: dict[str, Any], zone: ZoneInfo | None) -> dict[str, Any]:
    """Returns the request with every relative range of whole days written as the dates that it means now, so
    that two zones, or two days, never share a cached answer. Superset reads a range that moves by the minute
    by the same clock; its answers are kept apart by the tenant, which is part of every cache key."""
    if zone is None:
        return body
    for query in body["queries"]:
        extras = query.get("extras") or {}
        if query.get("time_range"):
            query["time_range"] = _absolute(query["time_range"], extras)
        for entry in entries(query.get("filters")):
            if entry.get("op") == "TEMPORAL_RANGE":
                entry["val"] = _absolute(entry["val"], extras)
    return body


def _absolute(value: Any, extras: dict[str, Any]) -> Any:
    if not isinstance(value, str) or value in UNCHANGING:
        return value
    try:
        ends = date_parser.get_since_until(
            value,
            relative_start=extras.get("relative_start", "today"),
            relative_end=extras.get("relative_end", "today"),
        )
    except PARSER_ERRORS:
        return value
    if ends == (None, None) or any(end is not None and end.time() != datetime.min.time() for end in ends):
        return value
    since, until = (end.isoformat() if end is not None else "" for end in ends)
    return f"{since} : {until}"
