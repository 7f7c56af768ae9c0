"""Cookie requests always carry a CSRF token; a verified guest has no cookie to forge with."""

from __future__ import annotations

from flask import current_app, request

from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.current import verified_claims

# navigator.sendBeacon cannot send a header; this endpoint only appends a line to the action log.
BEACONS = frozenset({"Superset.log"})


def protect_cookie_requests() -> None:
    if verified_claims() is not None or request.environ.get(DROPPED):
        return
    if request.endpoint is None or request.endpoint in BEACONS:
        return
    has_session = current_app.config["SESSION_COOKIE_NAME"] in request.cookies
    is_login = request.endpoint == "SupersetAuthView.login"
    if has_session or is_login:
        current_app.extensions["csrf"].protect()
