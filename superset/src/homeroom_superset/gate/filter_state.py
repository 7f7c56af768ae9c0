"""Saved filter states belong to the person who saved them.

Superset tells their owners apart by session and user id. Guests have neither, so that a second guest in
"tab 1" of a dashboard would be handed the first one's key, with the choices behind it, of any school.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from typing import Any

from flask import Response, current_app, request
from werkzeug.datastructures import ImmutableMultiDict

from homeroom_superset.gate.current import verified_claims
from homeroom_superset.pin.body import MOST_LEVELS, levels_in
from homeroom_superset.refusal import BodyTooLarge, BodyUnreadable, RequestRefused
from homeroom_superset.services import services
from homeroom_superset.token.claims import Claims

ENDPOINTS = "DashboardFilterStateRestApi."
WHOSE = frozenset({"user_id", "dashboard"})
MOST_BYTES = 16_384
"""The most bytes of one filter state; those of the dashboards here have 300 to 2,000."""


def _owner(claims: Claims) -> str:
    return claims.scope(WHOSE)


def _mac(text: str) -> str:
    secret = str(current_app.config["SECRET_KEY"]).encode()
    return hmac.new(secret, f"filter state:{text}".encode(), hashlib.sha256).hexdigest()[:32]


def seal(key: str, claims: Claims) -> str:
    return f"{key}.{_mac(f'{_owner(claims)}:{key}')}"


def unseal(sealed: str, claims: Claims) -> str:
    key, _, mac = sealed.rpartition(".")
    if not hmac.compare_digest(mac.encode("utf-8", "replace"), _mac(f"{_owner(claims)}:{key}").encode()):
        raise RequestRefused("this filter state is not yours; save your own")
    return key


def check_value() -> None:
    """Refuses a saved value that is not the text of a JSON value, which Superset would parse."""
    body = request.get_json(silent=True)
    value = body.get("value") if isinstance(body, dict) else None
    if not isinstance(value, str):
        raise BodyUnreadable('a filter state is sent as a JSON object {"value": "…"} with a text in it')
    size = len(value.encode())
    if size > MOST_BYTES:
        raise BodyTooLarge(f"this filter state has {size} bytes; at most {MOST_BYTES} are kept")
    if levels_in(value, "[{", "]}") > MOST_LEVELS:
        raise BodyUnreadable(f"this filter state nests values more than {MOST_LEVELS} levels deep")
    try:
        json.loads(value)
    except ValueError as error:
        raise BodyUnreadable("the value of this filter state is no JSON") from error


def open_filter_state(claims: Claims) -> None:
    """Replaces the sealed key and the tab of the request by what Superset stores."""
    named: dict[str, Any] = request.view_args or {}
    if "key" in named:
        named["key"] = unseal(str(named["key"]), claims)
    if request.method in ("POST", "PUT"):
        check_value()
        # Superset makes a new state for each request that names no tab, so here each has one.
        tab = request.args.get("tab_id") or secrets.token_hex(8)
        slot = services().tabs.slot(_mac(_owner(claims)), tab)
        request.args = ImmutableMultiDict([("tab_id", _mac(f"{_owner(claims)}:slot:{slot}"))])
    else:
        request.args = ImmutableMultiDict()


def seal_filter_state(response: Response) -> Response:
    claims = verified_claims()
    if claims is None or not (request.endpoint or "").startswith(ENDPOINTS) or not response.is_json:
        return response
    body = response.get_json(silent=True)
    if isinstance(body, dict) and isinstance(body.get("key"), str):
        response.set_data(json.dumps({**body, "key": seal(body["key"], claims)}))
    return response
