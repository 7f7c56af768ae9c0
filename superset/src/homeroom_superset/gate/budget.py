"""The time that the server spends on one request of a guest."""

from __future__ import annotations

import time

from flask import g, has_request_context

MEMBER = "homeroom_deadline"


def begin(milliseconds: int) -> None:
    setattr(g, MEMBER, time.monotonic() + milliseconds / 1000)


def remaining_ms() -> int | None:
    """Returns the milliseconds that are left for the database, at least 0; None outside a guest's request."""
    deadline = getattr(g, MEMBER, None) if has_request_context() else None
    return None if deadline is None else max(0, int((deadline - time.monotonic()) * 1000))
