"""The origins that may frame a dashboard, as its author listed them in Superset."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import UUID

from flask import Response, make_response, request

from homeroom_superset.embed.errors import page
from homeroom_superset.services import services

FRAME = "EmbeddedView.embedded"
FRAMED = frozenset({"iframe", "frame", "embed", "object"})
"""Values of Sec-Fetch-Dest (https://www.w3.org/TR/fetch-metadata/) of a page that another page shows."""
DEFAULT_PORTS = {"http": 80, "https": 443}


def listed_domains(embedded_uuid: str) -> list[str]:
    """Returns the list of an embedded dashboard; it is empty where every origin may frame it, and where there
    is no such dashboard, which Superset then says."""
    try:
        identity = UUID(embedded_uuid)
    except ValueError:
        return []
    from superset.extensions import db
    from superset.models.embedded_dashboard import EmbeddedDashboard

    row = (
        db.session.query(EmbeddedDashboard.allow_domain_list)
        .filter(EmbeddedDashboard.uuid == identity)
        .first()
    )
    return [domain for domain in ((row and row[0]) or "").split(",") if domain]


def check_frame() -> Response | None:
    """Superset answers the frame of an origin that is not listed with a bare 403. Ours says which origin it
    is, and takes our own page of /embedded/dashboard/<slug>, which has checked who frames it."""
    if request.endpoint != FRAME:
        return None
    listed = listed_domains(str((request.view_args or {}).get("uuid")))
    if not listed or _is_among(request.referrer, listed):
        return None
    if not _is_among(request.referrer, services().settings.embed_origins):
        return refused_frame(request.referrer)
    # Superset compares the Referer with the list, where our hosts need not be.
    request.environ["HTTP_REFERER"] = listed[0]
    return None


def check_page(embedded_uuid: str) -> Response | None:
    """Returns the refusal of a page that is shown inside one whose origin is known and not listed. A page
    opened on its own has nobody around it."""
    if request.headers.get("Sec-Fetch-Dest") not in FRAMED or not request.referrer:
        return None
    listed = listed_domains(embedded_uuid)
    if not listed or _is_among(request.referrer, [*listed, *services().settings.embed_origins]):
        return None
    return refused_frame(request.referrer)


def refused_frame(referrer: str | None) -> Response:
    parts = _origin(referrer)
    named = (
        f"{parts[0]}://{urlsplit(referrer or '').netloc}" if parts else "a page that does not say its address"
    )
    text = (
        f"This dashboard may not be shown inside {named}. "
        "Whoever publishes it adds that address to the allowed domains of the dashboard's embedding."
    )
    response = make_response(page("Not allowed in this page", text), 403)
    response.headers["Content-Type"] = "text/html; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_among(address: str | None, allowed: list[str] | tuple[str, ...]) -> bool:
    origin = _origin(address)
    return origin is not None and any(origin == _origin(domain) for domain in allowed)


def _origin(address: str | None) -> tuple[str, str, int | None] | None:
    try:
        parts = urlsplit((address or "").strip())
        port = parts.port or DEFAULT_PORTS.get(parts.scheme)
    except ValueError:
        return None
    return (parts.scheme, parts.hostname, port) if parts.scheme and parts.hostname else None
