"""The page /embedded/dashboard/<slug>?jwt=…, a URL that opens a dashboard without the SDK."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from homeroom_superset.embed.domains import check_page
from homeroom_superset.embed.entry import AddressUsed
from homeroom_superset.embed.errors import page
from homeroom_superset.pin.dashboard import find_dashboard
from homeroom_superset.refusal import RequestRefused, TokenRefused
from homeroom_superset.services import services

ARGUMENT = "jwt"

blueprint = Blueprint("homeroom_embed", __name__, template_folder="templates")


def _with_private_headers(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "strict-origin"
    return response


def _refused(status: int, title: str, text: str) -> Response:
    return _with_private_headers(
        make_response(page(title, text), status, {"Content-Type": "text/html; charset=utf-8"})
    )


@blueprint.get("/embedded/dashboard/<slug>")
def show(slug: str) -> Response:
    tokens = request.args.getlist(ARGUMENT)
    if len(tokens) != 1 or not tokens[0]:
        return _refused(
            401,
            "Sign in needed",
            f"Open this dashboard from your school's product: its address carries one {ARGUMENT}.",
        )
    try:
        claims = services().verifier.verify(tokens[0])
    except TokenRefused as refusal:
        return _refused(refusal.status, "Sign in needed", f"Token refused: {refusal}.")
    try:
        if claims.dashboard != slug:
            raise RequestRefused(f"this token is for dashboard {claims.dashboard!r} only")
        dashboard = find_dashboard(slug)
    except RequestRefused as refusal:
        return _refused(403, "Not your dashboard", f"Refused: {refusal}.")
    if (refused := check_page(dashboard.embedded_uuid)) is not None:
        return _with_private_headers(refused)
    try:
        # A HEAD request, as of a mail scanner, does not count as the single use.
        if request.method == "GET":
            services().entries.enter(claims)
    except AddressUsed as refusal:
        return _refused(
            refusal.status,
            "This address was used",
            "It opens a dashboard once. Go back to your school's product and open the dashboard there again.",
        )
    except TokenRefused as refusal:
        return _refused(refusal.status, "Not available now", f"Not opened: {refusal}.")
    start = {"token": tokens[0], "frame": f"/embedded/{dashboard.embedded_uuid}"}
    return _with_private_headers(make_response(render_template("homeroom_embed.html", start=start)))
