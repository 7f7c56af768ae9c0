"""The values that a guest may send: filter values, time ranges, whole numbers."""

from __future__ import annotations

import json
import math
from typing import Any

from marshmallow import ValidationError
from superset.exceptions import SupersetException
from superset.utils.date_parser import get_since_until

from homeroom_superset.refusal import RequestRefused

LONGEST_TEXT = 500
LONGEST_RANGE = 200
MOST_VALUES = 1000
LISTS = frozenset({"IN", "NOT IN"})
SINGLES = frozenset({"==", "!=", ">", "<", ">=", "<=", "ILIKE"})
NONE = frozenset({"IS NULL", "IS NOT NULL"})


def shown(value: Any) -> str:
    return json.dumps(value, default=str)[:80]


def scalar(value: Any, place: str) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        raise RequestRefused(f"{place} is not a finite number")
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, str) and len(value) <= LONGEST_TEXT:
        return value
    raise RequestRefused(
        f"{place} is {shown(value)}; a filter value is text of at most {LONGEST_TEXT} characters or a number"
    )


def whole(value: Any, place: str, most: int) -> int:
    number = (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        else value
    )
    if type(number) is not int or not 0 <= number <= most:
        raise RequestRefused(f"{place} is {shown(value)}; it must be a whole number from 0 to {most}")
    return number


def time_range(value: Any, place: str) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_RANGE:
        raise RequestRefused(
            f"{place} is {shown(value)}; a time range is text of at most {LONGEST_RANGE} characters"
        )
    try:
        get_since_until(value)
    except (ValueError, TypeError, OverflowError, SupersetException, ValidationError) as error:
        raise RequestRefused(
            f"{place} is {shown(value)}, which is no time range that Superset reads"
        ) from error
    return value


def filter_value(op: str, value: Any, place: str) -> Any:
    if op in NONE:
        return None
    if op in LISTS:
        entries = value if isinstance(value, list) else [value]
        if len(entries) > MOST_VALUES:
            raise RequestRefused(f"{place} has {len(entries)} values; at most {MOST_VALUES} are accepted")
        return [scalar(entry, place) for entry in entries]
    if op in SINGLES:
        return scalar(value, place)
    raise RequestRefused(f"{place}: operator {shown(op)} is not accepted for a dashboard filter")
