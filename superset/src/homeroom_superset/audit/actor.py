"""Names who acts in this request: a guest by verified claims, or a person with a session."""

from __future__ import annotations

import hashlib
from typing import Any

from flask import g, has_request_context, request, session

from homeroom_superset.audit.recorder import STRANGER
from homeroom_superset.audit.subjects import Person
from homeroom_superset.gate.current import verified_claims

MEMBER = "homeroom_audit_actor"


def current_actor() -> tuple[Person, dict[str, Any]]:
    """Returns the person and the members of the event's `actor`; no name, no number of an account."""
    claims = verified_claims()
    if claims is not None:
        return Person(claims.tenant, "guest", str(claims.user_id)), {
            "type": "guest",
            "auth_method": "guest_token",
            "role": claims.role,
            "school_id": str(claims.school_id),
            "jti": claims.jti,
        }
    if not has_request_context():
        return STRANGER, {"type": "system"}
    user = getattr(g, "user", None)
    if user is None or not getattr(user, "is_authenticated", False) or getattr(user, "id", None) is None:
        return STRANGER, {"type": "unknown"}
    return Person("", "user", str(user.id)), {
        "type": "user",
        "auth_method": "session" if request.headers.get("Authorization") is None else "bearer",
        "role": ", ".join(sorted(role.name for role in user.roles))[:200],
        **_session(),
    }


def _session() -> dict[str, str]:
    sid = getattr(session, "sid", None)
    return {} if not sid else {"session_h": hashlib.sha256(str(sid).encode()).hexdigest()[:16]}


def remember_actor() -> None:
    """Runs before the view, because after a sign-out nobody is left to name."""
    setattr(g, MEMBER, current_actor())


def remembered_actor() -> tuple[Person, dict[str, Any]]:
    found: tuple[Person, dict[str, Any]] | None = getattr(g, MEMBER, None)
    if found is None or found[0] is STRANGER:
        return current_actor()
    return found
