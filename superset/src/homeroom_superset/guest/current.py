"""The guest of this request."""

from __future__ import annotations

from flask import g, has_request_context

from homeroom_superset.guest.claims import Claims
from homeroom_superset.guest.user import HomeroomGuest


def verified_claims() -> Claims | None:
    """Set by the gate after it verified the token, by nothing else."""
    return getattr(g, "homeroom_claims", None) if has_request_context() else None


def current_guest() -> HomeroomGuest | None:
    user = getattr(g, "user", None) if has_request_context() else None
    return user if isinstance(user, HomeroomGuest) else None
