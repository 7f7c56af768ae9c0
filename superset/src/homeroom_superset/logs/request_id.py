"""One name for a request, in its answer and in every line that it causes."""

from __future__ import annotations

import secrets

from flask import Response, g, has_request_context

HEADER = "X-Request-Id"
MEMBER = "homeroom_request_id"


def begin_request() -> None:
    """Made here and never taken from the caller, who could forge the lines of another."""
    setattr(g, MEMBER, secrets.token_hex(8))


def request_id() -> str | None:
    return getattr(g, MEMBER, None) if has_request_context() else None


def tell_request_id(response: Response) -> Response:
    if (identity := request_id()) is not None:
        response.headers[HEADER] = identity
    return response
