"""Records each sign-in, whatever its method and outcome, for names that nobody has as well."""

from __future__ import annotations

from typing import Any

from flask import current_app, has_request_context, request

from homeroom_superset.audit.recorder import Act, Recorder
from homeroom_superset.audit.subjects import Person
from homeroom_superset.logs.request_id import request_id

EXTENSION = "homeroom_audit"
LONGEST_NAME = 200


def recorder_of() -> Recorder | None:
    found: Recorder | None = current_app.extensions.get(EXTENSION)
    return found


def record_signin(method: str, attempted: str, user: Any) -> None:
    """`user` is who signed in, or None; `attempted` is the name that was given."""
    recorder = recorder_of()
    if recorder is None:
        return
    person = (
        Person("", "user", str(user.id))
        if user is not None
        else Person("", "stranger", str(attempted)[:LONGEST_NAME])
    )
    here = has_request_context()
    recorder.record(
        Act(
            name="user.login",
            person=person,
            failed=user is None,
            actor={"type": "user" if user is not None else "unknown", "auth_method": method},
            details={"request_id": identity} if (identity := request_id()) is not None else None,
            address=request.remote_addr if here else None,
            agent=request.user_agent.string if here else None,
        )
    )
