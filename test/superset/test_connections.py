from __future__ import annotations

import threading
from typing import Any

import psycopg2
import pytest
from flask import Flask, g
from homeroom_superset.database import connections
from homeroom_superset.database.analytics import UnlockedSource, claim_settings, connection_mutator
from homeroom_superset.database.connections import NO_CLAIMS, ConnectionPool, PoolExhausted
from homeroom_superset.guest.cookies import DROPPED
from homeroom_superset.guest.current import is_author
from homeroom_superset.settings import read_settings
from sqlalchemy.engine.url import make_url


class Fake:
    """What the pool needs of a connection."""

    def __init__(self) -> None:
        self.settings: dict[str, str] = {}
        self.open = True
        self.give_back: Any = None

    def close(self) -> None:
        give_back, self.give_back = self.give_back, None
        give_back(self)

    def really_close(self) -> None:
        self.open = False


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Fake]:
    def set_claims(conn: Fake, claims: Any) -> None:
        if not conn.open:
            raise psycopg2.OperationalError("server closed the connection")
        conn.settings = dict(claims)

    def clean(conn: Fake) -> bool:
        conn.settings = {}
        return conn.open

    monkeypatch.setattr(connections, "set_claims", set_claims)
    monkeypatch.setattr(connections, "clean", clean)
    return []


def pool_of(made: list[Fake], size: int) -> ConnectionPool:
    def connect() -> Any:
        made.append(Fake())
        return made[-1]

    return ConnectionPool(connect, size, 0.05)


def test_a_connection_is_reused_and_carries_the_claims_of_this_checkout_only(made: list[Fake]) -> None:
    pool = pool_of(made, 2)
    first: Any = pool.take({"app.school_id": "1"})
    first.close()
    assert made[0].settings == {}
    second: Any = pool.take({"app.school_id": "2"})
    assert second is first
    assert made[0].settings == {"app.school_id": "2"}


def test_all_busy_is_a_clear_error_and_frees_up_again(made: list[Fake]) -> None:
    pool = pool_of(made, 1)
    held: Any = pool.take(NO_CLAIMS)
    with pytest.raises(PoolExhausted, match="all 1 analytics connections are busy"):
        pool.take(NO_CLAIMS)
    held.close()
    assert pool.take(NO_CLAIMS) is held


def test_a_broken_connection_is_replaced(made: list[Fake]) -> None:
    pool = pool_of(made, 1)
    held: Any = pool.take(NO_CLAIMS)
    held.open = False
    held.close()
    assert pool.take(NO_CLAIMS) is not held
    idle: Any = made[-1]
    idle.close()
    idle.open = False
    assert pool.take(NO_CLAIMS) is not idle


def test_a_failing_connect_gives_its_place_back(made: list[Fake]) -> None:
    def refuse() -> Any:
        raise psycopg2.OperationalError("no server")

    pool = ConnectionPool(refuse, 1, 0.05)
    for _ in range(3):
        with pytest.raises(psycopg2.OperationalError, match="no server"):
            pool.take(NO_CLAIMS)


def test_threads_never_share_a_connection_or_claims(made: list[Fake]) -> None:
    pool = pool_of(made, 4)
    pool._wait = 10
    wrong: list[str] = []

    def work(number: int) -> None:
        for _ in range(200):
            conn: Any = pool.take({"app.school_id": str(number)})
            if conn.settings != {"app.school_id": str(number)}:
                wrong.append(str(conn.settings))
            conn.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(made) <= 4


def test_without_a_guest_no_claim_is_set() -> None:
    assert set(claim_settings(None).values()) == {""}


def test_only_the_analytics_database_is_pooled(environ: dict[str, str]) -> None:
    settings = read_settings(environ)
    mutate = connection_mutator(settings)
    _, params = mutate(make_url(settings.analytics_url), {"poolclass": None}, None, None, None)
    assert callable(params["creator"])
    other = make_url("postgresql+psycopg2://author@127.0.0.1:5433/homeroom_schools")
    assert mutate(other, {}, None, None, None) == (other, {})


def test_a_guest_is_refused_a_database_without_a_lock(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    from homeroom_superset.database import analytics

    monkeypatch.setattr(analytics, "verified_claims", lambda: object())
    mutate = connection_mutator(read_settings(environ))
    with pytest.raises(UnlockedSource, match="no row lock"):
        mutate(make_url("postgresql+psycopg2://author@127.0.0.1:5433/homeroom_schools"), {}, None, None, None)


class Author:
    is_authenticated = True
    is_guest_user = False


@pytest.mark.parametrize(
    ("environ", "user", "claims", "author"),
    [
        ({}, Author(), None, True),
        ({DROPPED: True}, Author(), None, False),
        ({}, Author(), object(), False),
        ({}, type("Anonymous", (), {"is_authenticated": False})(), None, False),
        ({}, type("Guest", (), {"is_authenticated": True, "is_guest_user": True})(), None, False),
        ({}, None, None, False),
    ],
    ids=["studio session", "host without sessions", "token beside a session", "nobody", "guest", "no user"],
)
def test_only_a_session_of_the_studio_queries_as_an_author(
    environ: dict[str, Any], user: Any, claims: Any, author: bool
) -> None:
    app = Flask("authors")
    with app.test_request_context("/", environ_overrides=environ):
        g.user = user
        if claims is not None:
            g.homeroom_claims = claims
        assert is_author() is author


def test_outside_of_a_request_nobody_is_an_author() -> None:
    assert not is_author()
