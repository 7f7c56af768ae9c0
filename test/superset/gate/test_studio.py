"""Tests that what authors send by mistake is answered in words, not as an error of the server."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from flask import Flask, jsonify
from flask.testing import FlaskClient
from homeroom_superset.gate import studio
from homeroom_superset.gate.answers import plain_answer
from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.studio import check_studio_input, tell_failed_sql


@pytest.fixture
def client() -> FlaskClient:
    app = Flask("superset-stand-in")
    status = {"DatasetRestApi.post": 500, "DatasetRestApi.put": 500}

    def answer() -> Any:
        from flask import request

        return jsonify(
            message="Fatal error", size=len(next(iter(request.files.values()), io.BytesIO()).read())
        ), status.get(str(request.endpoint), 200)

    for endpoint in ("DashboardRestApi.import_", "ImportExportRestApi.import_", "DatasetRestApi.post"):
        app.add_url_rule(f"/{endpoint}", endpoint, answer, methods=["POST"])
    app.before_request(check_studio_input)
    app.after_request(tell_failed_sql)
    app.after_request(plain_answer)
    return app.test_client()


def bundle(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return packed.getvalue()


def send(
    client: FlaskClient, content: bytes, field: str = "formData", path: str = "DashboardRestApi.import_"
) -> Any:
    return client.post(f"/{path}", data={field: (io.BytesIO(content), "x.zip")})


def test_a_bundle_reaches_superset_whole(client: FlaskClient) -> None:
    packed = bundle(metadata="version: 1.0.0")
    for field, path in (("formData", "DashboardRestApi.import_"), ("bundle", "ImportExportRestApi.import_")):
        answer = send(client, packed, field, path)
        assert (answer.status_code, answer.get_json()["size"]) == (200, len(packed))


@pytest.mark.parametrize("content", [b"", b"x", bundle(), bundle(a="x")[:-10], b"{}"])
def test_what_is_no_bundle_is_refused_in_words(client: FlaskClient, content: bytes) -> None:
    answer = send(client, content)
    assert (answer.status_code, "ZIP" in answer.text) == (422, True)


def test_a_bundle_that_unpacks_to_more_than_is_read_is_refused(
    client: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(studio, "MOST_BYTES", 10_000)
    assert send(client, bundle(a="0" * 10_001)).status_code == 422
    monkeypatch.setattr(studio, "MOST_FILES", 2)
    assert send(client, bundle(a="", b="", c="")).status_code == 422


def test_an_import_without_a_file_is_refused(client: FlaskClient) -> None:
    assert client.post("/DashboardRestApi.import_", data={"x": "y"}).status_code == 422


@pytest.mark.parametrize("sql", ["select {% if %} 1", "select ((", "'", "select '{{' from (select 1"])
def test_sql_that_nobody_can_read_is_refused_in_words(client: FlaskClient, sql: str) -> None:
    answer = client.post("/DatasetRestApi.post", json={"sql": sql})
    assert (answer.status_code, "templates" in answer.text) == (422, True)


def test_sql_that_the_database_refuses_is_no_error_of_the_server(client: FlaskClient) -> None:
    answer = client.post("/DatasetRestApi.post", json={"sql": "select {{ 1 }} as a"})
    assert (answer.status_code, "did not run" in answer.text) == (422, True)
    for body in ({}, {"sql": ""}, []):
        assert client.post("/DatasetRestApi.post", json=body).status_code == 500


def test_what_superset_says_to_a_guest_is_a_fixed_sentence(client: FlaskClient) -> None:
    answer = client.post("/DatasetRestApi.post", json={}, environ_overrides={DROPPED: True})
    assert answer.status_code == 500
    assert "Fatal error" not in answer.text
    assert answer.get_json()["errors"][0]["message"].startswith("Something went wrong on the server.")
