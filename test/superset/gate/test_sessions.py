"""Tests who leaves a session behind, on a real Redis."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask, session
from flask.testing import FlaskClient
from homeroom_superset.gate.cookies import CookieGate
from homeroom_superset.gate.sessions import SIGN_IN_MINUTES, install_sessions
from redis import Redis

from redis_server import Server

STUDIO = "https://studio.homeroom.localhost:8443"
EMBED = "https://analytics1.homeroom.localhost:8443"
HOURS = 8


@pytest.fixture
def redis(server: Server) -> Redis:
    client = Redis(port=server.port, password=server.password, db=3)
    client.flushdb()
    return client


@pytest.fixture
def client(redis: Redis) -> FlaskClient:
    app = Flask("superset-stand-in")
    app.config.update(
        SECRET_KEY="k" * 40,
        SESSION_REDIS=redis,
        SESSION_KEY_PREFIX="homeroom:session:",
        SESSION_PERMANENT=True,
        PERMANENT_SESSION_LIFETIME=HOURS * 3600,
    )

    def touch(**_: Any) -> str:
        session["csrf_token"] = "x"
        return str(session.get("_user_id"))

    def sign_in() -> str:
        session["_user_id"] = "1"
        return "in"

    app.add_url_rule("/embedded/<uuid>", "EmbeddedView.embedded", touch)
    app.add_url_rule("/api/v1/me/", "CurrentUserRestApi.get_me", touch)
    app.add_url_rule("/login/", "SupersetAuthView.login", touch)
    app.add_url_rule("/in", "Theirs.sign_in", sign_in)
    install_sessions(app)
    app.wsgi_app = CookieGate.for_hosts(frozenset({"studio.homeroom.localhost"}))(app.wsgi_app)  # type: ignore[method-assign,assignment]
    return app.test_client()


def test_an_author_has_a_session_for_hours(client: FlaskClient, redis: Redis) -> None:
    client.get("/in", base_url=STUDIO)
    assert client.get("/api/v1/me/", base_url=STUDIO).text == "1"
    (key,) = redis.keys("*")
    assert redis.ttl(key) > (HOURS - 1) * 3600


@pytest.mark.parametrize(("base", "path"), [(STUDIO, "/api/v1/me/"), (EMBED, "/api/v1/me/")])
def test_a_request_by_token_writes_no_session(
    client: FlaskClient, redis: Redis, base: str, path: str
) -> None:
    client.get(path, base_url=base, headers={"X-GuestToken": "any"})
    assert redis.dbsize() == 0


@pytest.mark.parametrize("base", [STUDIO, EMBED])
def test_a_page_that_is_the_same_for_everybody_writes_no_session(
    client: FlaskClient, redis: Redis, base: str
) -> None:
    answer = client.get("/embedded/e-5", base_url=base)
    assert (redis.dbsize(), answer.headers.get("Set-Cookie")) == (0, None)


def test_a_sign_in_form_that_nobody_fills_is_soon_forgotten(client: FlaskClient, redis: Redis) -> None:
    client.get("/login/", base_url=STUDIO)
    (key,) = redis.keys("*")
    assert 0 < redis.ttl(key) <= SIGN_IN_MINUTES * 60
