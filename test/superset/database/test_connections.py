from __future__ import annotations

import json
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psycopg2
import pytest
from flask import Flask, g
from homeroom_superset.database import connections
from homeroom_superset.database.analytics import UnlockedSource, connection_mutator, signer_of
from homeroom_superset.database.connections import ConnectionPool, PoolExhausted
from homeroom_superset.database.signed_claims import sign_claims
from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.gate.current import is_author
from homeroom_superset.policy.compiled import PolicyFile
from homeroom_superset.settings import REPOSITORY_CONTRACT, read_settings
from homeroom_superset.token.claims import ClaimReader
from sqlalchemy.engine.url import make_url

from conftest import Signer


def signer(text: str) -> Any:
    return lambda _database, _pid, _began: text


class Fake:
    """The part of a connection that the pool needs."""

    def __init__(self) -> None:
        self.signer: Any = None
        self.open = True
        self.return_to_pool: Any = None

    def close(self) -> None:
        return_to_pool, self.return_to_pool = self.return_to_pool, None
        return_to_pool(self)

    def discard(self) -> None:
        self.open = False


@pytest.fixture
def made(monkeypatch: pytest.MonkeyPatch) -> list[Fake]:
    def prepare(conn: Fake, signer: Any, _budget: Any) -> None:
        if not conn.open:
            raise psycopg2.OperationalError("server closed the connection")
        conn.signer = signer

    def clean(conn: Fake) -> bool:
        conn.signer = None
        return conn.open

    monkeypatch.setattr(connections, "prepare", prepare)
    monkeypatch.setattr(connections, "clean", clean)
    return []


def pool_of(made: list[Fake], size: int) -> ConnectionPool:
    def connect() -> Any:
        made.append(Fake())
        return made[-1]

    return ConnectionPool(connect, size, 0.05)


def test_a_connection_is_reused_and_carries_the_claims_of_this_checkout_only(made: list[Fake]) -> None:
    pool = pool_of(made, 2)
    first: Any = pool.checkout(signer("1"))
    first.close()
    assert made[0].signer is None
    second: Any = pool.checkout(signer("2"))
    assert second is first
    assert made[0].signer("", 0, 0) == "2"


def test_all_busy_is_a_clear_error_and_frees_up_again(made: list[Fake]) -> None:
    pool = pool_of(made, 1)
    held: Any = pool.checkout(None)
    with pytest.raises(PoolExhausted, match="all 1 analytics connections are busy"):
        pool.checkout(None)
    held.close()
    assert pool.checkout(None) is held


def test_a_broken_connection_is_replaced(made: list[Fake]) -> None:
    pool = pool_of(made, 1)
    held: Any = pool.checkout(None)
    held.open = False
    held.close()
    assert pool.checkout(None) is not held
    idle: Any = made[-1]
    idle.close()
    idle.open = False
    assert pool.checkout(None) is not idle


def test_a_failing_connect_gives_its_place_back(made: list[Fake]) -> None:
    def refuse() -> Any:
        raise psycopg2.OperationalError("no server")

    pool = ConnectionPool(refuse, 1, 0.05)
    for _ in range(3):
        with pytest.raises(psycopg2.OperationalError, match="no server"):
            pool.checkout(None)


def test_threads_never_share_a_connection_or_claims(made: list[Fake]) -> None:
    pool = pool_of(made, 4)
    pool._wait = 10
    wrong: list[str] = []

    def work(number: int) -> None:
        for _ in range(200):
            conn: Any = pool.checkout(signer(str(number)))
            if conn.signer("", 0, 0) != str(number):
                wrong.append(conn.signer("", 0, 0))
            conn.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert len(made) <= 4


def test_only_the_claims_that_a_row_policy_binds_are_signed_with_the_key_of_its_file(
    environ: dict[str, str], north: Signer
) -> None:
    clause = {"all": [{"column": "school_id", "op": "eq", "claim": "school_id", "type": "integer"}]}
    datasets = {"u": {"table": "t", "roles": {"principal": clause}}}
    Path(environ["HOMEROOM_POLICY_FILE"]).write_text(
        json.dumps({"version": 1, "hash": "h", "datasets": datasets, "sqlDatasets": {}})
    )
    settings = read_settings(environ)
    claims = ClaimReader(REPOSITORY_CONTRACT / "claims.schema.json").read(north.claims(), "north-1")
    policy = PolicyFile(settings.policy_file)
    bound = {"role": "principal", "school_id": 42}
    for key in ("a" * 40, "b" * 40):
        (Path(environ["HOMEROOM_SECRETS_DIR"]) / "claims-key").write_text(key + "\n")
        assert signer_of(settings, policy, claims)("d", 1, 2) == sign_claims(key, bound, "d", 1, 2)
    own = "n" * 40
    (Path(environ["HOMEROOM_SECRETS_DIR"]) / "claims-key.north").write_text(own)
    assert signer_of(settings, policy, claims)("d", 1, 2) == sign_claims(own, bound, "d", 1, 2)


def test_only_the_analytics_database_is_pooled(environ: dict[str, str]) -> None:
    settings = read_settings(environ)
    mutate = connection_mutator(settings)
    _, params = mutate(make_url(settings.analytics_url), {"poolclass": None}, None, None, None)
    assert callable(params["creator"])
    other = make_url("postgresql+psycopg2://author@127.0.0.1:5433/homeroom_schools")
    assert mutate(other, {}, None, None, None) == (other, {})


OWN = "postgresql+psycopg2://reader@127.0.0.1:5433/homeroom_east"


def places(environ: dict[str, str], claims: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    """Database and login of each connection that a query of this guest opens."""
    from homeroom_superset.database import analytics

    opened: list[tuple[str, str]] = []

    def connect(**options: Any) -> Any:
        opened.append((options["dbname"], options["user"]))
        return Fake()

    monkeypatch.setattr(analytics, "verified_claims", lambda: claims)
    monkeypatch.setattr(analytics.psycopg2, "connect", connect)
    monkeypatch.setattr(connections, "prepare", lambda _conn, _signer, _budget: None)
    settings = read_settings(environ)
    mutate = connection_mutator(settings)
    _, params = mutate(make_url(settings.analytics_url), {}, None, None, None)
    params["creator"]()
    return opened


def claims_of(tenant: str) -> Any:
    return SimpleNamespace(tenant=tenant, values={"tenant": tenant, "role": "principal"})


def test_the_verified_tenant_chooses_the_database_and_its_login(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ["HOMEROOM_TENANT_DATABASES"] = json.dumps({"north": "shared", "east": OWN})
    shared = Path(environ["HOMEROOM_SECRETS_DIR"]) / "analytics-reader-user"
    shared.write_text(json.dumps({"username": "reader_a", "password": "p"}))
    assert places(environ, claims_of("north"), monkeypatch) == [("homeroom_schools", "reader_a")]
    assert places(environ, claims_of("east"), monkeypatch) == [("homeroom_east", "reader_a")]
    Path(f"{shared}.east").write_text(json.dumps({"username": "east_a", "password": "p"}))
    assert places(environ, claims_of("east"), monkeypatch) == [("homeroom_east", "east_a")]
    assert places(environ, claims_of("north"), monkeypatch) == [("homeroom_schools", "reader_a")]
    assert places(environ, None, monkeypatch) == [("homeroom_schools", "reader_a")]


def test_a_tenant_that_no_database_is_listed_for_is_denied(
    environ: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    environ["HOMEROOM_TENANT_DATABASES"] = json.dumps({"north": "shared", "east": OWN})
    with pytest.raises(UnlockedSource, match="tenant 'west' has no analytics database"):
        places(environ, claims_of("west"), monkeypatch)


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
