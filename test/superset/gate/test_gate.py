"""The hooks on a small application that has Superset's endpoint names."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask import Flask, jsonify, request, session
from flask.testing import FlaskClient
from flask_wtf.csrf import CSRFProtect
from homeroom_superset import services
from homeroom_superset.application import prepare
from homeroom_superset.embed import embed
from homeroom_superset.embed.entry import AddressUsed
from homeroom_superset.gate import gate
from homeroom_superset.gate.cookies import CookieGate
from homeroom_superset.gate.current import verified_claims
from homeroom_superset.pin import pin
from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.refusal import RequestRefused, ShareSpent, TrustStoreUnreadable
from homeroom_superset.settings import read_settings
from homeroom_superset.token.claims import Claims
from homeroom_superset.token.revocation import StoreError
from werkzeug.test import TestResponse

from conftest import Signer, Store
from saved_dashboard import DASHBOARD, QUERY, ask

EMBED = "https://analytics1.homeroom.localhost:8443"
STUDIO = "https://studio.homeroom.localhost:8443"
UNPOLICED = 99
HERE = GuestDashboard(id=5, uuid="u-5", slug="student-progress", embedded_uuid="e-5")
ROUTES = {
    "DashboardRestApi.get": ("/api/v1/dashboard/<id_or_slug>", "GET"),
    "DashboardRestApi.put": ("/api/v1/dashboard/<id_or_slug>", "PUT"),
    "DashboardRestApi.get_charts": ("/api/v1/dashboard/<id_or_slug>/charts", "GET"),
    "DashboardFilterStateRestApi.post": ("/api/v1/dashboard/<int:pk>/filter_state", "POST"),
    "DashboardFilterStateRestApi.get": ("/api/v1/dashboard/<int:pk>/filter_state/<key>", "GET"),
    "DashboardFilterStateRestApi.put": ("/api/v1/dashboard/<int:pk>/filter_state/<key>", "PUT"),
    "EmbeddedDashboardRestApi.get": ("/api/v1/embedded_dashboard/<uuid>", "GET"),
    "EmbeddedView.embedded": ("/embedded/<uuid>", "GET"),
    "ChartDataRestApi.data": ("/api/v1/chart/data", "POST"),
    "ChartDataRestApi.get_data": ("/api/v1/chart/<int:pk>/data/", "GET"),
    "DatasetRestApi.get": ("/api/v1/dataset/<pk>", "GET"),
    "SqlLabRestApi.execute_sql_query": ("/api/v1/sqllab/execute/", "POST"),
    "CurrentUserRestApi.get_me": ("/api/v1/me/", "GET"),
    "Api.time_range": ("/api/v1/time_range/", "GET"),
    "Superset.log": ("/superset/log/", "POST"),
    "SupersetAuthView.login": ("/login/", "POST"),
    "Theirs.begin": ("/begin", "GET"),
}


def policed(dataset_id: Any) -> None:
    if dataset_id == UNPOLICED:
        raise RequestRefused("dataset 'recent' has no row policy")


def find(slug: str) -> GuestDashboard:
    if slug != HERE.slug:
        raise RequestRefused(f"dashboard {slug!r} is not there")
    return HERE


class Slots:
    """Tabs in memory: each new one of an owner has the next slot."""

    def __init__(self) -> None:
        self.known: dict[str, list[str]] = {}

    def slot(self, owner: str, tab: str) -> int:
        tabs = self.known.setdefault(owner, [])
        if tab not in tabs:
            tabs.append(tab)
        return tabs.index(tab)


class CountedShares:
    left = 1000

    def take(self, claims: Claims) -> None:
        self.left -= 1
        if self.left < 0:
            raise ShareSpent(3)


@pytest.fixture
def shares() -> CountedShares:
    return CountedShares()


@pytest.fixture
def client(
    environ: dict[str, str], store: Store, shares: CountedShares, monkeypatch: pytest.MonkeyPatch
) -> FlaskClient:
    settings = read_settings(environ)
    monkeypatch.setattr(services, "open_revocations", lambda _settings: store.revocations())
    monkeypatch.setattr(services, "RedisShares", lambda *_: shares)
    monkeypatch.setattr(services, "RedisTabs", lambda *_: Slots())
    app = Flask("superset-stand-in")
    app.config.update(
        HOMEROOM=settings, SECRET_KEY="k" * 40, WTF_CSRF_CHECK_DEFAULT=False, SESSION_COOKIE_SECURE=True
    )
    CSRFProtect(app)
    app.jinja_env.globals["csp_nonce"] = lambda: "nonce-1"
    app.register_blueprint(embed.blueprint)

    def answer(**named: Any) -> Any:
        if request.endpoint == "Theirs.begin":
            session["user"] = "admin"
        claims = verified_claims()
        body = request.get_json(silent=True) if request.method == "POST" else None
        if request.endpoint in ("DashboardFilterStateRestApi.post", "DashboardFilterStateRestApi.put"):
            return jsonify(key="state-1", tab=request.args.get("tab_id"))
        return jsonify(user=claims.username if claims else session.get("user"), body=body, named=named)

    for endpoint, (rule, method) in ROUTES.items():
        app.add_url_rule(rule, endpoint, answer, methods=[method])
    prepare(app)
    app.wsgi_app = CookieGate.for_hosts(settings.studio_hosts)(app.wsgi_app)  # type: ignore[method-assign,assignment]
    for module in (gate, embed):
        monkeypatch.setattr(module, "find_dashboard", find)
    monkeypatch.setattr(pin, "load_dashboard", lambda _id: DASHBOARD)
    monkeypatch.setattr(gate, "require_policy", policed)
    return app.test_client()


def send(client: FlaskClient, method: str, path: str, token: str | None = None, **rest: Any) -> TestResponse:
    headers = {"X-GuestToken": token} if token is not None else {}
    headers |= rest.pop("headers", {})
    return client.open(path, method=method, base_url=rest.pop("base", EMBED), headers=headers, **rest)


def message(response: TestResponse) -> str:
    return str(response.get_json()["errors"][0]["message"])


def test_a_good_token_is_that_guest(client: FlaskClient, north: Signer) -> None:
    assert send(client, "GET", "/api/v1/me/", north.token()).get_json()["user"] == "pat"


def test_an_admin_session_changes_nothing_for_a_token(client: FlaskClient, north: Signer) -> None:
    assert send(client, "GET", "/begin", base=STUDIO).get_json()["user"] == "admin"
    assert send(client, "GET", "/api/v1/me/", base=STUDIO).get_json()["user"] == "admin"
    response = send(client, "GET", "/api/v1/me/", north.token(), base=STUDIO)
    assert response.get_json()["user"] == "pat"
    assert "Set-Cookie" not in response.headers


def test_an_invalid_token_is_401_even_with_a_session_behind_it(client: FlaskClient, north: Signer) -> None:
    send(client, "GET", "/begin", base=STUDIO)
    for bad in ("x", "", north.token(aud="other"), north.token()[:-6] + "AAAAAA"):
        response = send(client, "GET", "/api/v1/me/", bad, base=STUDIO)
        assert response.status_code == 401
        assert message(response).startswith("token refused: ")


def test_embed_hosts_ignore_sessions(client: FlaskClient) -> None:
    send(client, "GET", "/begin", base=STUDIO)
    cookie = next(iter(client._cookies.values()))  # type: ignore[attr-defined]
    response = client.application.test_client(use_cookies=False).get(
        "/api/v1/me/", base_url=EMBED, headers={"Cookie": f"session={cookie.value}"}
    )
    assert response.status_code == 401


def test_a_token_in_the_address_or_a_form_is_not_read(client: FlaskClient, north: Signer) -> None:
    for name in ("jwt", "guest_token"):
        assert send(client, "GET", f"/api/v1/me/?{name}={north.token()}").status_code == 401
        assert send(client, "GET", f"/api/v1/me/?{name}={north.token()}", base=STUDIO).status_code == 401
    form = {"guest_token": north.token()}
    assert send(client, "POST", "/api/v1/chart/data", data=form).status_code == 401


def test_a_beacon_without_a_header_is_dropped_in_silence(client: FlaskClient, north: Signer) -> None:
    response = send(client, "POST", "/superset/log/", data={"guest_token": north.token(), "events": "[]"})
    assert (response.status_code, response.get_data()) == (204, b"")


def test_what_a_guests_browser_says_of_its_doings_is_not_read(client: FlaskClient, north: Signer) -> None:
    for path in ("/superset/log/?explode=events", "/superset/log/?dashboard_id=6"):
        response = send(client, "POST", path, north.token(), data={"events": "x" * 600_000})
        assert (response.status_code, response.get_data()) == (204, b"")


def test_a_person_who_asks_for_too_much_is_refused_before_the_body_is_read(
    client: FlaskClient, north: Signer, shares: CountedShares
) -> None:
    shares.left = 1
    assert send(client, "GET", "/api/v1/me/", north.token()).status_code == 200
    response = send(
        client, "POST", "/api/v1/chart/data", north.token(), data="{", content_type="application/json"
    )
    assert (response.status_code, "of one person" in message(response)) == (429, True)
    assert response.headers["Retry-After"] == "3"


def test_arguments_are_bounded_and_a_strange_one_is_400(client: FlaskClient, north: Signer) -> None:
    assert send(client, "GET", "/api/v1/time_range/?q=(a:1)", north.token()).status_code == 400
    assert send(client, "GET", "/api/v1/dashboard/5?q=!(id)", north.token()).status_code == 400


def test_two_tokens_are_refused(client: FlaskClient, north: Signer) -> None:
    headers = [("X-GuestToken", north.token()), ("X-GuestToken", "x")]
    response = client.get("/api/v1/me/", base_url=EMBED, headers=headers)
    assert response.status_code == 401


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("PUT", "/api/v1/dashboard/5"),
        ("GET", "/api/v1/chart/1/data/"),
        ("GET", "/api/v1/dataset/9"),
        ("POST", "/api/v1/sqllab/execute/"),
        ("POST", "/login/"),
        ("GET", "/nowhere"),
    ],
)
def test_what_is_not_on_the_list_is_refused(
    client: FlaskClient, north: Signer, method: str, path: str
) -> None:
    response = send(client, method, path, north.token())
    assert (response.status_code, "not open to guests" in message(response)) == (403, True)


@pytest.mark.parametrize(
    ("method", "good", "bad"),
    [
        ("GET", "/api/v1/dashboard/5", "/api/v1/dashboard/6"),
        ("GET", "/api/v1/dashboard/student-progress", "/api/v1/dashboard/institutional-analytics"),
        ("GET", "/api/v1/dashboard/u-5/charts", "/api/v1/dashboard/u-6/charts"),
        ("POST", "/api/v1/dashboard/5/filter_state", "/api/v1/dashboard/6/filter_state"),
        ("GET", "/api/v1/embedded_dashboard/e-5", "/api/v1/embedded_dashboard/e-6"),
        ("GET", "/embedded/e-5", "/embedded/e-6"),
    ],
)
def test_a_token_opens_its_own_dashboard_only(
    client: FlaskClient, north: Signer, method: str, good: str, bad: str
) -> None:
    body = {"json": {"value": "{}"}} if method == "POST" else {}
    assert send(client, method, good, north.token(), **body).status_code == 200
    response = send(client, method, bad, north.token(), **body)
    assert (response.status_code, "student-progress" in message(response)) == (403, True)


def test_a_token_for_a_dashboard_that_is_not_there_is_refused(client: FlaskClient, north: Signer) -> None:
    assert send(client, "GET", "/api/v1/me/", north.token(dashboard="gone")).status_code == 403


def test_chart_data_runs_pinned(client: FlaskClient, north: Signer) -> None:
    asked = ask(query={"post_processing": [{"operation": "prophet"}]})
    response = send(client, "POST", "/api/v1/chart/data", north.token(), json=asked)
    assert response.get_json()["body"]["queries"] == [QUERY]


def test_a_chart_whose_dataset_has_no_policy_is_refused_in_words(
    client: FlaskClient, north: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = replace(
        DASHBOARD, charts={i: replace(c, dataset_id=UNPOLICED) for i, c in DASHBOARD.charts.items()}
    )
    monkeypatch.setattr(pin, "load_dashboard", lambda _id: bare)
    asked = {**ask(), "datasource": {"id": UNPOLICED, "type": "table"}}
    response = send(client, "POST", "/api/v1/chart/data", north.token(), json=asked)
    assert (response.status_code, "has no row policy" in message(response)) == (403, True)


@pytest.mark.parametrize("data", ["", "{", "[]", "null"])
def test_chart_data_without_a_good_body_is_refused(client: FlaskClient, north: Signer, data: str) -> None:
    response = send(
        client, "POST", "/api/v1/chart/data", north.token(), data=data, content_type="application/json"
    )
    assert response.status_code == 403


def test_chart_data_as_a_form_is_refused(client: FlaskClient, north: Signer) -> None:
    form = {"form_data": json.dumps(ask())}
    assert send(client, "POST", "/api/v1/chart/data", north.token(), data=form).status_code == 403


def test_a_changed_query_is_403_with_its_reason(client: FlaskClient, north: Signer) -> None:
    asked = ask(query={"columns": ["student_id"]})
    response = send(client, "POST", "/api/v1/chart/data", north.token(), json=asked)
    assert (response.status_code, "student_id" in message(response)) == (403, True)


@pytest.mark.parametrize("path", ["/api/v1/chart/data", "/api/v1/dashboard/5/filter_state"])
@pytest.mark.parametrize("levels", [50, 700, 50_000])
def test_a_body_of_too_many_levels_is_400_with_its_reason(
    client: FlaskClient, north: Signer, path: str, levels: int
) -> None:
    body = json.dumps(ask(query={"filters": [{"col": "topic", "op": "==", "val": "here"}]}))
    data = body.replace('"here"', "[" * levels + "]" * levels)
    response = send(client, "POST", path, north.token(), data=data, content_type="application/json")
    assert (response.status_code, "levels deep" in message(response)) == (400, True)


def test_cookie_requests_need_csrf_and_guests_do_not(client: FlaskClient, north: Signer) -> None:
    send(client, "GET", "/begin", base=STUDIO)
    assert send(client, "POST", "/api/v1/chart/data", json={}, base=STUDIO).status_code == 400
    assert send(client, "POST", "/login/", base=STUDIO).status_code == 400
    path, body = "/api/v1/dashboard/5/filter_state", {"value": "{}"}
    assert send(client, "POST", path, north.token(), json=body).status_code == 200


def test_signing_in_needs_csrf_without_a_session_too(client: FlaskClient) -> None:
    assert send(client, "POST", "/login/", base=STUDIO).status_code == 400


def test_the_embed_page_hands_the_token_to_the_frame_and_not_to_the_address(
    client: FlaskClient, north: Signer
) -> None:
    raw = north.token()
    response = send(client, "GET", f"/embedded/dashboard/student-progress?jwt={raw}")
    page = response.get_data(as_text=True)
    assert response.status_code == 200
    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] == "strict-origin"
    start = re.search(r'id="start">(.*?)</script>', page)
    assert start is not None
    assert json.loads(start.group(1)) == {"token": raw, "frame": "/embedded/e-5"}
    assert page.index("history.replaceState") < page.index("frame.src")
    assert '<script nonce="nonce-1">' in page


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/embedded/dashboard/student-progress", 401),
        ("/embedded/dashboard/student-progress?jwt=", 401),
        ("/embedded/dashboard/student-progress?jwt=<script>alert(1)</script>", 401),
        ("/embedded/dashboard/student-progress?jwt={0}&jwt={0}", 401),
        ("/embedded/dashboard/institutional-analytics?jwt={0}", 403),
        ("/embedded/dashboard/%3Cscript%3E?jwt={0}", 403),
    ],
)
def test_the_embed_page_refuses_in_words(client: FlaskClient, north: Signer, path: str, status: int) -> None:
    response = send(client, "GET", path.format(north.token()))
    assert response.status_code == status
    assert "<script" not in response.get_data(as_text=True)


def test_an_error_page_is_ours(client: FlaskClient) -> None:
    page = send(client, "GET", "/nowhere", base=STUDIO, headers={"Accept": "text/html"}).get_data(
        as_text=True
    )
    assert "Page not found" in page
    assert "http" not in page


def test_the_embed_page_opens_the_dashboard_of_the_token_alone(
    client: FlaskClient, north: Signer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embed, "find_dashboard", lambda slug: HERE)
    response = send(client, "GET", f"/embedded/dashboard/institutional-analytics?jwt={north.token()}")
    assert response.status_code == 403


def save_state(client: FlaskClient, token: str, tab: str = "1") -> tuple[str, str]:
    path = f"/api/v1/dashboard/5/filter_state?tab_id={tab}"
    saved = send(client, "POST", path, token, json={"value": "{}"}).get_json()
    return saved["key"], saved["tab"]


def test_a_filter_state_opens_for_the_person_who_saved_it(client: FlaskClient, north: Signer) -> None:
    key, _ = save_state(client, north.token())
    path = f"/api/v1/dashboard/5/filter_state/{key}"
    assert send(client, "GET", path, north.token(jti="a" * 20)).get_json()["named"]["key"] == "state-1"
    assert send(client, "PUT", path, north.token(), json={"value": "{}"}).get_json()["key"] == key


@pytest.mark.parametrize(
    "other",
    [
        {"user_id": 8},
        {"school_id": 43},
        {"role": "teacher", "class_ids": [421]},
        {"role": "student", "student_id": 4201},
    ],
)
def test_a_filter_state_of_somebody_else_is_refused(
    client: FlaskClient, north: Signer, other: dict[str, Any]
) -> None:
    key, tab = save_state(client, north.token())
    assert save_state(client, north.token(**other))[1] != tab
    for method in ("GET", "PUT"):
        for tried in (key, "state-1", "state-1.", f"x{key}", f"{key}\u00e9"):
            path = f"/api/v1/dashboard/5/filter_state/{tried}"
            response = send(client, method, path, north.token(**other), json={"value": "{}"})
            assert (response.status_code, "not yours" in message(response)) == (403, True)


def test_a_tab_without_a_number_is_not_shared(client: FlaskClient, north: Signer) -> None:
    assert save_state(client, north.token(), "")[1] != save_state(client, north.token(), "")[1]


def test_a_revoked_token_is_refused_and_an_unreadable_store_is_no_excuse(
    client: FlaskClient, north: Signer, store: Store
) -> None:
    path, headers = "/api/v1/me/", {"X-GuestToken": north.token()}
    assert client.get(path, base_url=EMBED, headers=headers).status_code == 200
    store.entries = {"school:north:42": str(2**32)}
    store.now += 2
    answer = client.get(path, base_url=EMBED, headers=headers)
    assert (answer.status_code, "logged out" in answer.text) == (401, True)
    store.error = StoreError("gone")
    store.now += 5
    answer = client.get(path, base_url=EMBED, headers=headers)
    assert (answer.status_code, "cannot be read" in answer.text) == (503, True)
    page = client.get(f"/embedded/dashboard/student-progress?jwt={north.token()}", base_url=EMBED)
    assert page.status_code == 503


class Once:
    """Returns what a worker says of an address that was used, or while it cannot know."""

    def __init__(self, error: Exception | None) -> None:
        self.error = error
        self.asked = 0

    def enter(self, _claims: Claims) -> None:
        self.asked += 1
        if self.error is not None:
            raise self.error


@pytest.mark.parametrize(
    ("error", "status", "words"),
    [
        (AddressUsed("used"), 410, "open the dashboard there again"),
        (TrustStoreUnreadable("nobody can say"), 503, "Not available now"),
    ],
)
def test_a_used_address_says_in_words_where_to_go(
    client: FlaskClient, north: Signer, error: Exception, status: int, words: str
) -> None:
    built = client.application.extensions["homeroom"]
    client.application.extensions["homeroom"] = replace(built, entries=Once(error))
    raw = north.token()
    response = send(client, "GET", f"/embedded/dashboard/student-progress?jwt={raw}")
    page = response.get_data(as_text=True)
    assert (response.status_code, words in page, response.mimetype) == (status, True, "text/html")
    assert raw not in page
    assert response.headers["Cache-Control"] == "no-store"


def test_only_an_opened_dashboard_uses_its_address_up(client: FlaskClient, north: Signer) -> None:
    once = Once(None)
    built = client.application.extensions["homeroom"]
    client.application.extensions["homeroom"] = replace(built, entries=once)
    raw = north.token()
    send(client, "HEAD", f"/embedded/dashboard/student-progress?jwt={raw}")
    send(client, "GET", f"/embedded/dashboard/institutional-analytics?jwt={raw}")
    send(client, "GET", f"/embedded/dashboard/student-progress?jwt={raw[:-6]}AAAAAA")
    assert once.asked == 0
    send(client, "GET", f"/embedded/dashboard/student-progress?jwt={raw}")
    assert once.asked == 1
