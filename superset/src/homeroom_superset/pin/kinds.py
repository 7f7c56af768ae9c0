"""The kind of values that a column holds, and which of a guest's values can be compared with it."""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime
from enum import Enum
from functools import cache
from typing import Any

from homeroom_superset.pin.body import LARGEST_INTEGER
from homeroom_superset.pin.values import LONGEST_TEXT, shown
from homeroom_superset.refusal import RequestRefused

NULL_TEXT = "<NULL>"
"""How Superset's filters write the empty value."""
NUMBER_TEXT = re.compile(r"[+-]?\d{1,18}(\.\d{1,18})?", re.ASCII)
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII | re.IGNORECASE)
EARLIEST_MS = int(datetime(1, 1, 2, tzinfo=UTC).timestamp() * 1000)
LATEST_MS = int(datetime(9999, 12, 30, tzinfo=UTC).timestamp() * 1000)


class Kind(Enum):
    TEXT = f"text of at most {LONGEST_TEXT} characters"
    NUMBER = "a number of at most 64 bit"
    TIME = "a time: milliseconds since 1970, or text as 2026-11-25T08:00:00"
    TRUTH = "true or false"
    UUID = "a UUID"
    UNKNOWN = f"text of at most {LONGEST_TEXT} characters, or a number"
    """The kind of an expression."""


# Names of PostgreSQL and of SQLAlchemy, as Superset saves either.
TYPES = (
    (re.compile(r"(SMALL|BIG)?(INT|SERIAL)|INTEGER|NUMERIC|DECIMAL|REAL|DOUBLE|FLOAT|MONEY"), Kind.NUMBER),
    (re.compile(r"DATE|TIMESTAMP"), Kind.TIME),
    (re.compile(r"BOOL"), Kind.TRUTH),
    (re.compile(r"UUID"), Kind.UUID),
)


@cache
def kind_of(native_type: str | None) -> Kind:
    """Returns the kind of a column by its saved type: `BIGINT`, `VARCHAR(20)`, None for an expression."""
    if not native_type:
        return Kind.UNKNOWN
    name = native_type.strip().upper()
    # An interval begins as an integer does, and an array of numbers is no number.
    if name.startswith("INTERVAL") or name.endswith("]"):
        return Kind.TEXT
    return next((kind for pattern, kind in TYPES if pattern.match(name)), Kind.TEXT)


def comparable(value: Any, kind: Kind, place: str) -> Any:
    """The value, when a column of that kind can be compared with it; None stands for no value."""
    if value is None or value == NULL_TEXT:
        return value
    if not _fits(value, kind):
        raise RequestRefused(f"{place} is {shown(value)}; a filter value of this column is {kind.value}")
    return value


def _fits(value: Any, kind: Kind) -> bool:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return False
    match kind:
        case Kind.TEXT:
            return isinstance(value, str)
        case Kind.NUMBER:
            return _is_number(value) or (isinstance(value, str) and NUMBER_TEXT.fullmatch(value) is not None)
        case Kind.TIME:
            return (_is_number(value) and EARLIEST_MS <= value <= LATEST_MS) or _is_time_text(value)
        case Kind.TRUTH:
            return isinstance(value, bool) or value in (0, 1, "0", "1", "true", "false")
        case Kind.UUID:
            return isinstance(value, str) and UUID_TEXT.fullmatch(value) is not None
        case Kind.UNKNOWN:
            return _is_number(value) or isinstance(value, str)


def _is_number(value: Any) -> bool:
    if type(value) is int:
        return abs(value) <= LARGEST_INTEGER
    return type(value) is float and math.isfinite(value)


def _is_time_text(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
