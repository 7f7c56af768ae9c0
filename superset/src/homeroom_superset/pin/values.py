"""The values that a guest may send: filter values, time ranges, whole numbers."""

from __future__ import annotations

import json
from typing import Any

from marshmallow import ValidationError
from pyparsing import ParseBaseException
from superset.exceptions import SupersetException
from superset.utils.date_parser import get_since_until

from homeroom_superset.refusal import RequestRefused

# What datetime, parsedatetime and pyparsing raise of a text, beside Superset's own errors.
PARSER_ERRORS = (
    ArithmeticError,
    AttributeError,
    IndexError,
    TypeError,
    ValueError,
    ParseBaseException,
    SupersetException,
    ValidationError,
)
LONGEST_TEXT = 500
LONGEST_RANGE = 200
LARGEST_LIMIT = 2**31 - 1
"""Rows. Explore saves any number that its author types, and the browser sends it again."""


def shown(value: Any) -> str:
    return json.dumps(value, default=str)[:80]


def whole(value: Any, place: str, most: int) -> int:
    number = (
        int(value)
        if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) < 10
        else value
    )
    if type(number) is not int or not 0 <= number <= most:
        raise RequestRefused(f"{place} is {shown(value)}; it must be a whole number from 0 to {most}")
    return number


def row_limit(value: Any, most: int) -> int:
    """Returns the rows that a request asks for, at most `most`."""
    return min(whole(value, "row_limit", LARGEST_LIMIT), most)


def time_range(value: Any, place: str, *, shift: str | None = None) -> str:
    """The range as it was sent. Superset's parser tries it, with the shift that goes with it."""
    if not isinstance(value, str) or len(value) > LONGEST_RANGE or len(shift or "") > LONGEST_RANGE:
        raise RequestRefused(
            f"{place} is {shown(value)}; a time range is text of at most {LONGEST_RANGE} characters"
        )
    try:
        get_since_until(value, time_shift=shift)
    except PARSER_ERRORS as error:
        raise RequestRefused(
            f"{place} is {shown(value)}, which is no time range that Superset reads"
        ) from error
    return value
