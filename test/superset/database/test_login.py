from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from homeroom_superset.database import analytics, connections
from homeroom_superset.database.login import Login, LoginError, connect_as, read_login
from homeroom_superset.database.metadata import checkout_hook, login_hook
from homeroom_superset.settings import Settings, read_settings
from sqlalchemy.exc import DisconnectionError

REFUSED = psycopg2.OperationalError("password authentication failed")


@pytest.fixture
def settings(environ: dict[str, str]) -> Settings:
    return read_settings(environ)


def write(settings: Settings, secret: str, username: str, password: str = "first") -> None:
    settings.secret_file(secret).write_text(json.dumps({"username": username, "password": password}))


class Record:
    def __init__(self) -> None:
        self.info: dict[str, Any] = {}


class Dialect:
    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []

    def connect(self, *_arguments: Any, **asked: Any) -> str:
        self.asked.append(asked)
        return "connection"


def test_the_metadata_login_is_read_for_each_connection_of_that_server_and_role(settings: Settings) -> None:
    hook, dialect = login_hook(settings), Dialect()
    connect = {"host": "127.0.0.1", "port": 5433, "user": "meta", "dbname": "homeroom_metadata"}
    for username, password in (("meta_a", "first"), ("meta_b", "second")):
        write(settings, "metadataUser", username, password)
        assert hook(dialect, Record(), [], dict(connect)) == "connection"
        assert dialect.asked[-1] == {**connect, "user": username, "password": password}
    for stranger in ({**connect, "host": "other"}, {**connect, "user": "x"}, {**connect, "port": 1}):
        assert hook(dialect, Record(), [], stranger) is None
    assert len(dialect.asked) == 2


def test_the_analytics_pools_open_as_the_login_of_the_moment(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, Any]] = []

    def fake(**options: Any) -> Any:
        asked.append(options)
        return Record()

    monkeypatch.setattr(analytics.psycopg2, "connect", fake)
    connect = analytics.connection_factory(settings, settings.analytics_url, "analyticsReaderUser")
    for username in ("reader_a", "reader_b"):
        write(settings, "analyticsReaderUser", username)
        connect()
        assert (asked[-1]["user"], asked[-1]["password"]) == (username, "first")


def test_a_metadata_connection_of_the_other_login_is_replaced_at_its_next_checkout(
    settings: Settings,
) -> None:
    connect, checkout, record = login_hook(settings), checkout_hook(settings), Record()
    write(settings, "metadataUser", "meta_a")
    connect(Dialect(), record, [], {"host": "127.0.0.1", "port": 5433, "user": "meta"})
    checkout(None, record, None)
    write(settings, "metadataUser", "meta_b")
    with pytest.raises(DisconnectionError):
        checkout(None, record, None)
    settings.secret_file("metadataUser").unlink()
    checkout(None, record, None)
    checkout(None, Record(), None)


def test_an_analytics_connection_of_the_other_login_is_replaced_when_asked_for(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Conn:
        closed = False
        return_to_pool: Any = None

        def discard(self) -> None:
            self.closed = True

    monkeypatch.setattr(analytics.psycopg2, "connect", lambda **_: Conn())
    monkeypatch.setattr(connections, "prepare", lambda *_: None)
    monkeypatch.setattr(connections, "clean", lambda _: True)
    write(settings, "analyticsReaderUser", "reader_a")
    pool = analytics.login_pool(settings, settings.analytics_url, "analyticsReaderUser")
    first: Any = pool.checkout(None)
    first.return_to_pool(first)
    assert pool.checkout(None) is first
    first.return_to_pool(first)
    write(settings, "analyticsReaderUser", "reader_b")
    second: Any = pool.checkout(None)
    assert second is not first
    assert first.closed
    second.return_to_pool(second)
    settings.secret_file("analyticsReaderUser").unlink()
    assert pool.checkout(None) is second


def test_a_refused_login_is_read_again_and_tried_once_more_when_the_file_has_changed(
    settings: Settings,
) -> None:
    tried: list[str] = []

    def connect(login: Login) -> str:
        tried.append(login.username)
        if login.username == "meta_a":
            write(settings, "metadataUser", "meta_b")
            raise REFUSED
        return "connection"

    write(settings, "metadataUser", "meta_a")
    assert connect_as(settings, "metadataUser", connect) == "connection"
    assert tried == ["meta_a", "meta_b"]


def test_a_server_that_is_gone_is_asked_once(settings: Settings) -> None:
    tried: list[str] = []

    def connect(login: Login) -> str:
        tried.append(login.username)
        raise REFUSED

    write(settings, "metadataUser", "meta_a")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        connect_as(settings, "metadataUser", connect)
    assert tried == ["meta_a"]


def test_an_unusable_file_is_named_without_its_value(settings: Settings) -> None:
    file: Path = settings.secret_file("metadataUser")
    for text in ("hunter2", '{"username": "hunter2"}', "[]"):
        file.write_text(text)
        with pytest.raises(LoginError, match="metadata-user cannot be used") as caught:
            read_login(settings, "metadataUser")
        assert "hunter2" not in str(caught.value)


def test_a_login_does_not_show_its_password() -> None:
    assert "hunter2" not in repr(Login("meta_a", "hunter2"))
