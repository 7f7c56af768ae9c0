"""One filter of a guest's query: its operator and its values."""

from __future__ import annotations

from typing import Any

from homeroom_superset.pin.kinds import NULL_TEXT, Kind, comparable
from homeroom_superset.pin.values import shown
from homeroom_superset.refusal import RequestRefused

MOST_FILTERS = 100
"""The most filters of one query: each declared or cross-filter sends one or two, beside those saved."""
MOST_VALUES = 1000
"""The most values of one filter; a list of classes is the longest that was seen."""
MOST_VALUES_TOGETHER = 2000
LISTS = frozenset({"IN", "NOT IN"})
SINGLES = frozenset({"==", "!=", ">", "<", ">=", "<="})
PATTERNS = frozenset({"ILIKE"})
NONE = frozenset({"IS NULL", "IS NOT NULL"})


def check_filters(asked: list[Any]) -> None:
    """How many filters and values a query may hold: each costs Superset time before the database sees it."""
    if len(asked) > MOST_FILTERS:
        raise RequestRefused(f"{len(asked)} filters in one query; at most {MOST_FILTERS} are accepted")
    values = [f.get("val") for f in asked if isinstance(f, dict)]
    together = sum(len(value) for value in values if isinstance(value, list))
    if together > MOST_VALUES_TOGETHER:
        raise RequestRefused(
            f"{together} filter values in one query; at most {MOST_VALUES_TOGETHER} are accepted"
        )


def filter_value(op: str, value: Any, place: str, kind: Kind) -> Any:
    if op in NONE:
        return None
    if op in LISTS:
        entries = value if isinstance(value, list) else [value]
        if not 1 <= len(entries) <= MOST_VALUES:
            raise RequestRefused(f"{place} has {len(entries)} values; 1 to {MOST_VALUES} are accepted")
        return _alike([comparable(entry, kind, place) for entry in entries], place)
    if op in SINGLES:
        return comparable(value, kind, place)
    if op in PATTERNS:
        return comparable(value, Kind.TEXT, place)
    raise RequestRefused(f"{place}: operator {shown(op)} is not accepted for a dashboard filter")


def _alike(values: list[Any], place: str) -> list[Any]:
    """Where the column's type is not known, one list still holds either text or numbers."""
    if len({isinstance(value, str) for value in values if value not in (None, NULL_TEXT)}) > 1:
        raise RequestRefused(f"{place} mixes text and numbers")
    return values
