"""Server-side sessions, written for people who sign in to the studio and for nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Flask, Response, request
from flask_session.redis import RedisSessionInterface

from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.endpoints import OPEN

SIGNED_IN = "_user_id"
"""Flask-Login's member of a session whose person has signed in."""

SIGN_IN_MINUTES = 15
"""How long a session lives that only holds the CSRF token of the sign-in form."""


def install_sessions(app: Flask) -> None:
    """Replaces the interface that Flask-Session made of the configuration."""
    if app.config.get("SESSION_REDIS") is None:
        return
    app.session_interface = StudioSessions(
        app,
        app.config["SESSION_REDIS"],
        key_prefix=app.config["SESSION_KEY_PREFIX"],
        permanent=app.config["SESSION_PERMANENT"],
    )


def needs_none() -> bool:
    """True for requests by token or on an embed host, and for pages that look the same to everybody."""
    return bool(request.environ.get(DROPPED)) or request.endpoint in OPEN


class StudioSessions(RedisSessionInterface):
    def save_session(self, app: Flask, session: Any, response: Response) -> None:
        if not needs_none():
            super().save_session(app, session, response)

    def _upsert_session(self, session_lifetime: timedelta, session: Any, store_id: str) -> None:
        # Whoever opens the sign-in form again and again must not fill the store that sessions share.
        if SIGNED_IN not in session:
            session_lifetime = min(session_lifetime, timedelta(minutes=SIGN_IN_MINUTES))
        super()._upsert_session(session_lifetime, session, store_id)
