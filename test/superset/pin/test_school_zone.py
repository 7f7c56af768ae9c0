"""A guest's request follows the time zone of the tenant in its token, in the query and in the cache key."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import parsedatetime
import prison
import pytest
from flask import Flask, jsonify, request
from flask.testing import FlaskClient
from flask_babel import Babel
from flask_wtf.csrf import CSRFProtect
from homeroom_superset import services
from homeroom_superset.application import prepare
from homeroom_superset.gate import gate
from homeroom_superset.pin import pin
from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.settings import read_settings
from superset.utils import date_parser

from conftest import Signer, Store
from saved_dashboard import DASHBOARD, ask

# 25 hours apart: it is never the same day in both.
ZONES = {"north": "Pacific/Kiritimati", "south": "Pacific/Pago_Pago"}
HERE = GuestDashboard(id=5, uuid="u-5", slug="student-progress", embedded_uuid="e-5")


class EndlessShares:
    def take(self, _claims: Any) -> None:
        pass


def time_range() -> Any:
    since, until = date_parser.get_since_until(time_range=prison.loads(request.args["q"]))
    return jsonify(since=str(since), until=str(until))


@pytest.fixture
def client(environ: dict[str, str], store: Store, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    environ["HOMEROOM_TENANT_TIME_ZONES"] = json.dumps(ZONES)
    monkeypatch.setattr(date_parser, "datetime", date_parser.datetime)
    monkeypatch.setattr(parsedatetime, "time", parsedatetime.time)
    monkeypatch.setattr(services, "open_revocations", lambda _settings: store.revocations())
    monkeypatch.setattr(services, "RedisShares", lambda *_: EndlessShares())
    monkeypatch.setattr(gate, "find_dashboard", lambda _slug: HERE)
    monkeypatch.setattr(gate, "require_policy", lambda _dataset: None)
    monkeypatch.setattr(pin, "load_dashboard", lambda _id: DASHBOARD)
    app = Flask("superset-stand-in")
    app.config.update(HOMEROOM=read_settings(environ), SECRET_KEY="k" * 40, WTF_CSRF_CHECK_DEFAULT=False)
    CSRFProtect(app)
    Babel(app)
    app.add_url_rule("/api/v1/time_range/", "Api.time_range", time_range)
    app.add_url_rule(
        "/api/v1/chart/data", "ChartDataRestApi.data", lambda: jsonify(request.get_json()), methods=["POST"]
    )
    prepare(app)
    return app.test_client()


def today(tenant: str) -> datetime:
    now = datetime.now(ZoneInfo(ZONES[tenant]))
    return datetime(now.year, now.month, now.day)


@pytest.mark.parametrize("tenant", ZONES)
def test_the_days_are_those_of_the_tenant(
    client: FlaskClient, north: Signer, south: Signer, tenant: str
) -> None:
    token = {"north": north, "south": south}[tenant].token(tenant=tenant)
    first = today(tenant)
    answer = client.get("/api/v1/time_range/?q='Current day'", headers={"X-GuestToken": token}).get_json()
    assert answer == {"since": str(first), "until": str(first + timedelta(days=1))}
    body = ask(query={"time_range": "Last week"})
    query = client.post("/api/v1/chart/data", json=body, headers={"X-GuestToken": token}).get_json()[
        "queries"
    ][0]
    since = first - timedelta(days=7)
    assert query["time_range"] == f"{since.isoformat()} : {first.isoformat()}"
