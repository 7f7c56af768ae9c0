"""Decides who comes in: runs before every other hook of the application."""

from __future__ import annotations

from typing import Any, cast

from flask import Response, g, request

from homeroom_superset.gate import budget, filter_state
from homeroom_superset.gate.answers import refusal_of
from homeroom_superset.gate.arguments import check_arguments
from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.csrf import BEACONS
from homeroom_superset.gate.current import verified_claims
from homeroom_superset.gate.endpoints import allowed
from homeroom_superset.gate.unpoliced import require_policy
from homeroom_superset.pin.dashboard import GuestDashboard, find_dashboard
from homeroom_superset.pin.pin import pin_request
from homeroom_superset.pin.request import PinnableRequest
from homeroom_superset.refusal import RequestRefused, ShareSpent, TokenRefused
from homeroom_superset.services import services

HEADER = "X-GuestToken"
EMBED_PAGE = "homeroom_embed.show"


def check_token() -> Response | None:
    if request.endpoint != EMBED_PAGE and ("jwt" in request.args or "guest_token" in request.args):
        return refusal_of(401, f"a token is accepted in the {HEADER} header only, not in the address")
    tokens = request.headers.getlist(HEADER)
    if request.environ.get(DROPPED) and request.endpoint in BEACONS:
        # What a browser says of its own doings is proof of nothing: it is neither read nor recorded.
        return Response(status=204)
    if not tokens:
        if request.environ.get(DROPPED) and not allowed(request.endpoint, request.method, guest=False):
            return refusal_of(
                401, f"this host serves embedded dashboards; send a token in the {HEADER} header"
            )
        return None
    if len(tokens) > 1:
        return refusal_of(401, f"send one {HEADER} header")
    try:
        g.homeroom_claims = services().verifier.verify(tokens[0])
    except TokenRefused as refusal:
        return refusal_of(refusal.status, f"token refused: {refusal}")
    return None


def _check_place(dashboard: GuestDashboard) -> None:
    named: dict[str, Any] = request.view_args or {}
    endpoint = request.endpoint or ""
    if endpoint.startswith("DashboardRestApi.") and not dashboard.answers_to(str(named.get("id_or_slug"))):
        raise RequestRefused(f"this token is for dashboard {dashboard.slug!r} only")
    if endpoint.startswith("DashboardFilterStateRestApi.") and named.get("pk") != dashboard.id:
        raise RequestRefused(f"this token is for dashboard {dashboard.slug!r} only")
    is_embed = endpoint in ("EmbeddedDashboardRestApi.get", "EmbeddedView.embedded")
    if is_embed and str(named.get("uuid")) != dashboard.embedded_uuid:
        raise RequestRefused(f"this token is for dashboard {dashboard.slug!r} only")


def check_guest() -> Response | None:
    claims = verified_claims()
    if claims is None:
        return None
    if not allowed(request.endpoint, request.method, guest=True):
        return refusal_of(403, f"{request.method} {request.path} is not open to guests")
    if request.endpoint in ("static", "appbuilder.static", "health.health"):
        return None
    budget.begin(services().settings.platform.guest_request_ms)
    try:
        services().shares.take(claims)
        cast(PinnableRequest, request).check_body()
        check_arguments(request.endpoint or "")
        dashboard = find_dashboard(claims.dashboard)
        _check_place(dashboard)
        if (request.endpoint or "").startswith(filter_state.ENDPOINTS):
            filter_state.open_filter_state(claims)
        if request.endpoint == "ChartDataRestApi.data":
            pin_request(dashboard)
            require_policy(request.get_json()["datasource"]["id"])
    except ShareSpent as refusal:
        response = refusal_of(refusal.status, f"refused: {refusal}")
        response.headers["Retry-After"] = str(refusal.seconds)
        return response
    except RequestRefused as refusal:
        return refusal_of(refusal.status, f"refused: {refusal}")
    return None
