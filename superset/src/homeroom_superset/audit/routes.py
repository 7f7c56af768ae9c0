"""Finds the event of a request by its endpoint (routes.json)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

SILENT = "silent"
"""Requests that show no data of their own: files, menus, parts of a view that is recorded as one event. They
are recorded when they fail."""
READS = frozenset({"GET", "HEAD", "OPTIONS"})
DENIED = frozenset({401, 403, 429})
FILE_TYPES = frozenset(
    {
        "text/csv",
        "application/zip",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    }
)


def read_routes() -> Mapping[str, str]:
    raw = json.loads((Path(__file__).parent / "routes.json").read_text(encoding="utf-8"))
    return {endpoint: event for event, endpoints in raw.items() for endpoint in endpoints}


ROUTES = read_routes()


def event_of(endpoint: str | None, method: str, status: int, mimetype: str | None) -> str | None:
    """Returns the name of the event, or None for a request that leaves none."""
    event = ROUTES.get(endpoint or "")
    if event is None:
        event = "api.called" if method in READS else "api.changed"
    if event == "api.changed" and method in READS:
        event = "page.viewed"
    if status in DENIED:
        return "access.denied"
    if endpoint is None and status == 404:
        return None
    if status >= 400:
        if event == SILENT:
            return "api.called" if status >= 500 else None
        return event
    if event == "chart.viewed" and mimetype in FILE_TYPES:
        return "data.exported"
    return None if event == SILENT else event
