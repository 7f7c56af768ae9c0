"""Headers that say where a request came from, as long as they are addresses at all."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import request

NAMES = ("HTTP_REFERER", "HTTP_ORIGIN")


def forget_broken_addresses() -> None:
    """Superset compares their parts with those that are allowed, and fails at a text that has no parts."""
    for name in NAMES:
        value = request.environ.get(name)
        if value is not None and not _is_address(value):
            request.environ.pop(name)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        parts.port  # noqa: B018 - reading the port is what checks it
    except ValueError:
        return False
    return True
