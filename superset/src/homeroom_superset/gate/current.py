"""The guest of this request."""

from __future__ import annotations

from flask import g, has_app_context, has_request_context, request

from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.user import HomeroomGuest
from homeroom_superset.token.claims import Claims


def verified_claims() -> Claims | None:
    """Set by the gate after it verified the token, by nothing else."""
    return getattr(g, "homeroom_claims", None) if has_request_context() else None


def current_guest() -> HomeroomGuest | None:
    user = getattr(g, "user", None) if has_request_context() else None
    return user if isinstance(user, HomeroomGuest) else None


def by_guest() -> bool:
    """The request carries a token or came to a host without sessions, whether or not it was let in."""
    return has_request_context() and (verified_claims() is not None or bool(request.environ.get(DROPPED)))


def is_author() -> bool:
    """A person with a session in the studio, or a task of one; never on a host without sessions."""
    if not has_app_context() or verified_claims() is not None:
        return False
    if has_request_context() and request.environ.get(DROPPED):
        return False
    user = getattr(g, "user", None)
    return (
        bool(getattr(user, "is_authenticated", False))
        and not getattr(user, "is_guest_user", False)
        and current_guest() is None
    )
