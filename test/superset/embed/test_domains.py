"""Allowed domains: a list with the product's origin alone is enough for both ways of embedding."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, abort, request
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect, same_origin
from homeroom_superset import services
from homeroom_superset.application import prepare
from homeroom_superset.embed import domains, embed
from homeroom_superset.gate.cookies import CookieGate
from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.settings import read_settings

from conftest import Signer, Store

EMBED = "https://analytics1.homeroom.localhost:8443"
PRODUCT = "https://product.example"
HERE = GuestDashboard(id=5, uuid="u-5", slug="student-progress", embedded_uuid="e-5")
FRAME, PAGE = "/embedded/e-5", "/embedded/dashboard/student-progress?jwt={}"
LISTED: list[str] = []


def embedded(uuid: str) -> str:
    """Decides as EmbeddedView of Superset does."""
    if LISTED and not any(same_origin(request.referrer, domain) for domain in LISTED):
        abort(403)
    return f"frame of {uuid}"


@pytest.fixture
def client(environ: dict[str, str], store: Store, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    settings = read_settings(environ)
    monkeypatch.setattr(services, "open_revocations", lambda _settings: store.revocations())
    monkeypatch.setattr(domains, "listed_domains", lambda uuid: LISTED if uuid == "e-5" else [])
    monkeypatch.setattr(embed, "find_dashboard", lambda _slug: HERE)
    LISTED[:] = [PRODUCT]
    app = Flask("superset-stand-in")
    app.config.update(HOMEROOM=settings, SECRET_KEY="k" * 40, WTF_CSRF_CHECK_DEFAULT=False)
    CSRFProtect(app)
    app.jinja_env.globals["csp_nonce"] = lambda: "nonce-1"
    app.register_blueprint(embed.blueprint)
    app.add_url_rule("/embedded/<uuid>", "EmbeddedView.embedded", embedded)
    prepare(app)
    app.wsgi_app = CookieGate.for_hosts(settings.studio_hosts)(app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app.test_client()


def opened(client: FlaskClient, path: str, referrer: str | None, **headers: str) -> tuple[int, str]:
    given = {**headers, **({} if referrer is None else {"Referer": referrer})}
    response: Any = client.get(path, base_url=EMBED, headers=given)
    return response.status_code, response.get_data(as_text=True)


@pytest.mark.parametrize("referrer", [PRODUCT, f"{PRODUCT}/", f"{PRODUCT}:443/classes/7", f"{EMBED}/"])
def test_the_listed_product_and_our_own_page_frame_it(client: FlaskClient, referrer: str) -> None:
    LISTED[:] = [PRODUCT + (":443" if ":443" in referrer else "")]
    assert opened(client, FRAME, referrer) == (200, "frame of e-5")


@pytest.mark.parametrize(
    ("referrer", "named"),
    [
        ("https://elsewhere.example:8443/page", "https://elsewhere.example:8443"),
        ("http://product.example/", "http://product.example"),
        ("https://product.example.evil.example/", "https://product.example.evil.example"),
        ("https://analytics9.homeroom.localhost:8443/", "https://analytics9.homeroom.localhost:8443"),
        ("https://<b>x</b>/", "https://&lt;b&gt;x&lt;"),
        (None, "a page that does not say its address"),
    ],
)
def test_another_origin_reads_a_page_that_names_it(
    client: FlaskClient, referrer: str | None, named: str
) -> None:
    status, text = opened(client, FRAME, referrer)
    assert (status, "<!doctype html>" in text, f"inside {named}" in text) == (403, True, True)
    assert PRODUCT not in text.replace(f"{PRODUCT}.evil", "")


def test_an_empty_list_lets_every_origin_frame_it(client: FlaskClient) -> None:
    LISTED.clear()
    assert opened(client, FRAME, "https://elsewhere.example/")[0] == 200
    assert opened(client, FRAME, None)[0] == 200


@pytest.mark.parametrize("referrer", [None, f"{PRODUCT}/", f"{EMBED}/"])
@pytest.mark.parametrize("shown", ["document", "iframe"])
def test_an_address_with_a_token_opens_alone_and_in_the_listed_product(
    client: FlaskClient, north: Signer, referrer: str | None, shown: str
) -> None:
    page = PAGE.format(north.token())
    assert opened(client, page, referrer, **{"Sec-Fetch-Dest": shown})[0] == 200


def test_an_address_with_a_token_does_not_open_inside_another_origin(
    client: FlaskClient, north: Signer
) -> None:
    page = PAGE.format(north.token())
    elsewhere = "https://elsewhere.example/"
    status, text = opened(client, page, elsewhere, **{"Sec-Fetch-Dest": "iframe"})
    assert (status, "inside https://elsewhere.example." in text) == (403, True)
    # A link in a mail or on another page opens it on its own.
    assert opened(client, page, elsewhere, **{"Sec-Fetch-Dest": "document"})[0] == 200
