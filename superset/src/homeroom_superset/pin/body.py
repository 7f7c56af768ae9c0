"""Bounds of what a guest may put into a JSON body, whatever the request is for."""

from __future__ import annotations

import math
import re
from typing import Any

from homeroom_superset.refusal import BodyTooLarge, BodyUnreadable

MOST_BYTES = 262_144
"""A browser sends at most some 50,000 bytes: a chart's form and its queries."""
MOST_LEVELS = 40
"""The deepest query of test/content/dashboards/browser-queries.json has eight."""
MOST_ENTRIES = 2_000
"""The most entries of a list or object. A filter takes 1,000 values; a colour map names each label."""
MOST_VALUES = 20_000
"""The most values in the whole body."""
LONGEST_TEXT = 16_384
"""Characters of one text, as long as a filter state may be."""
LONGEST_NAME = 500
"""Characters of a member's name, which is a label of the data in a colour map."""
LARGEST_INTEGER = 2**63 - 1
UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def check_bytes(declared: int | None, *, chunked: bool) -> None:
    """Refuses a body by its declared length, before anything reads it."""
    if declared is None and chunked:
        raise BodyUnreadable("a body needs a Content-Length")
    if (declared or 0) > MOST_BYTES:
        raise BodyTooLarge(f"the body has {declared} bytes; at most {MOST_BYTES} are accepted from a guest")


def check_values(body: Any) -> None:
    """Level by level: Python reads, compares and writes nested values by recursion, which fails."""
    level, count = [body], 0
    for _ in range(MOST_LEVELS + 1):
        inner: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                _check_size(len(value), "object", "members")
                for name in value:
                    _check_text(name, LONGEST_NAME)
                inner += value.values()
            elif isinstance(value, list):
                _check_size(len(value), "list", "entries")
                inner += value
            else:
                _check_scalar(value)
        count += len(inner)
        if count > MOST_VALUES:
            raise BodyUnreadable(f"the body holds more than {MOST_VALUES} values")
        if not inner:
            return
        level = inner
    raise BodyUnreadable(f"the body nests values more than {MOST_LEVELS} levels deep")


def _check_size(size: int, kind: str, things: str) -> None:
    if size > MOST_ENTRIES:
        raise BodyUnreadable(
            f"the body holds a {kind} of {size} {things}; at most {MOST_ENTRIES} are accepted"
        )


def _check_scalar(value: Any) -> None:
    if isinstance(value, str):
        _check_text(value, LONGEST_TEXT)
    elif isinstance(value, float) and not math.isfinite(value):
        raise BodyUnreadable("the body holds NaN or Infinity, which is no number of JSON")
    elif isinstance(value, int) and abs(value) > LARGEST_INTEGER:
        raise BodyUnreadable("the body holds a whole number of more than 64 bit")


def _check_text(text: str, longest: int) -> None:
    if len(text) > longest:
        raise BodyUnreadable(
            f"the body holds a text of {len(text)} characters; at most {longest} are accepted"
        )
    check_unicode(text, "the body")


def check_unicode(text: str, place: str) -> None:
    """PostgreSQL stores no zero character, and half a surrogate pair is no character at all."""
    if UNSTORABLE.search(text):
        raise BodyUnreadable(f"{place} holds a zero character or half a surrogate pair")


def levels_in(text: str, opening: str, closing: str) -> int:
    """How deep brackets nest in a text that has not been parsed yet; those inside quotes count as well."""
    depth = deepest = 0
    for character in text:
        if character in opening:
            depth += 1
            deepest = max(deepest, depth)
        elif character in closing:
            depth = max(0, depth - 1)
    return deepest
