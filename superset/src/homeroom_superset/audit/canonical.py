"""The one encoding that the audit trail hashes: a subset of the JSON Canonicalization Scheme (RFC 8785).

Objects, arrays, strings, whole numbers and booleans; no floats, no null. What does not fit is refused, never
repaired, so that every reader computes the hash that the writer computed.
"""

from __future__ import annotations

import json
import unicodedata
from typing import Any

from homeroom_superset.refusal import ExpectedError

MOST_PAYLOAD_BYTES = 60 * 1024
MOST_HEADER_BYTES = 1024
DEEPEST = 16
LARGEST = 2**53 - 1


class NotCanonical(ExpectedError):
    """Says which value cannot be encoded."""


def _check(value: Any, depth: int) -> None:
    if depth > DEEPEST:
        raise NotCanonical(f"is nested deeper than {DEEPEST}")
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        if abs(value) > LARGEST:
            raise NotCanonical("holds a whole number beyond 2^53 - 1")
    elif isinstance(value, str):
        _check_text(value)
    elif isinstance(value, list):
        for item in value:
            _check(item, depth + 1)
    elif isinstance(value, dict):
        for name, item in value.items():
            if not isinstance(name, str):
                raise NotCanonical("holds a name that is no text")
            _check_text(name)
            _check(item, depth + 1)
    else:
        raise NotCanonical(f"holds a {type(value).__name__}")


def _check_text(text: str) -> None:
    if "\0" in text:
        raise NotCanonical("holds the character U+0000, which PostgreSQL cannot store")
    if text.isascii():
        return
    if any("\ud800" <= character <= "\udfff" for character in text):
        raise NotCanonical("holds half of a surrogate pair")
    if not unicodedata.is_normalized("NFC", text):
        raise NotCanonical("holds text that is not in Unicode's form NFC")


def _by_utf16(item: tuple[str, Any]) -> bytes:
    return item[0].encode("utf-16-be")


def _sorted(value: Any) -> Any:
    if isinstance(value, dict):
        items = value.items()
        # The order of code points differs from RFC 8785's order of UTF-16 code units above U+FFFF alone.
        ascii_names = all(name.isascii() for name in value)
        ordered = sorted(items) if ascii_names else sorted(items, key=_by_utf16)
        return {name: _sorted(item) for name, item in ordered}
    return [_sorted(item) for item in value] if isinstance(value, list) else value


def encode(value: dict[str, Any], most_bytes: int = MOST_PAYLOAD_BYTES) -> bytes:
    """Returns the canonical bytes of an object. Raises NotCanonical."""
    _check(value, 1)
    text = json.dumps(_sorted(value), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    encoded = text.encode("utf-8")
    if len(encoded) > most_bytes:
        raise NotCanonical(f"has {len(encoded)} bytes; at most {most_bytes} are allowed")
    return encoded


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise NotCanonical("names a member twice")
    return found


def decode(data: bytes, most_bytes: int = MOST_PAYLOAD_BYTES) -> dict[str, Any]:
    """Returns the object of canonical bytes. Raises NotCanonical for every other spelling of the same
    object."""
    try:
        value = json.loads(data.decode("utf-8"), object_pairs_hook=_unique)
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
        raise NotCanonical("is no JSON in UTF-8") from error
    if not isinstance(value, dict):
        raise NotCanonical("is no object")
    if encode(value, most_bytes) != data:
        raise NotCanonical("is not in its canonical form")
    return value
