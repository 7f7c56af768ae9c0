"""A dataset without a row policy is refused to guests in words, and its author is warned."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient
from homeroom_superset.gate import unpoliced
from homeroom_superset.gate.unpoliced import require_policy, warn_author
from homeroom_superset.policy.compiled import Policy
from homeroom_superset.refusal import RequestRefused

DATASETS = {
    1: SimpleNamespace(uuid="u-1", schema="public", table_name="assessments", sql=None),
    2: SimpleNamespace(uuid="u-2", schema="public", table_name="recent", sql=None),
}
WARNING = "Guests are refused dataset 'recent' (u-2): public.recent has no row policy; add it to"


@pytest.fixture(autouse=True)
def policy(monkeypatch: pytest.MonkeyPatch) -> None:
    current = Policy("hash", {}, tables={"public.assessments": {}})
    services = SimpleNamespace(policy=SimpleNamespace(current=lambda: current))
    monkeypatch.setattr(unpoliced, "services", lambda: services)
    monkeypatch.setattr(unpoliced, "_find", DATASETS.get)


@pytest.fixture
def studio(monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    app = Flask("studio")

    def answer(body: Any) -> Any:
        return lambda: jsonify(body)

    explored = {"result": {"dataset": {"id": 2, "warning_markdown": None}, "slice": None}}
    app.add_url_rule("/data", "ChartDataRestApi.data", answer({"result": [{"data": []}]}), methods=["POST"])
    app.add_url_rule("/explore", "ExploreRestApi.get", answer(explored))
    app.add_url_rule("/dataset", "DatasetRestApi.post", answer({"id": 2}), methods=["POST"])
    app.add_url_rule("/text", "DatasetRestApi.put", lambda: Response("x"), methods=["PUT"])
    app.after_request(warn_author)
    monkeypatch.setattr(unpoliced, "is_author", lambda: True)
    return app.test_client()


def test_a_guest_is_refused_in_words_and_the_log_says_what_to_add(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING), pytest.raises(RequestRefused, match="'recent' has no row policy"):
        require_policy(2)
    assert WARNING in caplog.text
    require_policy(1)
    require_policy(3)


def test_an_author_is_warned_where_the_dataset_is_used(studio: FlaskClient) -> None:
    asked = {"datasource": {"id": 2, "type": "table"}}
    assert studio.post("/data", json=asked).json["result"][0]["warning"].startswith(WARNING)
    assert studio.get("/explore").json["result"]["dataset"]["warning_markdown"].startswith(WARNING)
    assert studio.post("/dataset", json={}).json["warning"].startswith(WARNING)


def test_nothing_is_added_to_other_answers(studio: FlaskClient, monkeypatch: pytest.MonkeyPatch) -> None:
    assert studio.post("/data", json={"datasource": {"id": 1}}).json == {"result": [{"data": []}]}
    assert studio.post("/data", json=["odd"]).json == {"result": [{"data": []}]}
    assert studio.put("/text").text == "x"
    monkeypatch.setattr(unpoliced, "is_author", lambda: False)
    assert studio.post("/data", json={"datasource": {"id": 2}}).json == {"result": [{"data": []}]}
