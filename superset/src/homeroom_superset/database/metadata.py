"""Connections to the metadata database, each with the login that the secret file names at that time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import Pool

from homeroom_superset.database.login import Login, connect_as, is_in_use
from homeroom_superset.settings import Settings

USER_FILE = "metadataUser"
LOGIN = "homeroom_login"


def same_server_and_role(url: URL, connect: dict[str, Any]) -> bool:
    wanted = (url.host, int(url.port or 5432), url.username)
    return wanted == (connect.get("host"), int(connect.get("port") or 5432), connect.get("user"))


def login_hook(settings: Settings) -> Callable[..., Any]:
    """Returns the hook that connects as the login that the file names. The URL names only the role."""
    url = make_url(settings.metadata_url)

    def connect_with_login(dialect: Any, record: Any, arguments: Any, connect: dict[str, Any]) -> Any:
        if not same_server_and_role(url, connect):
            return None

        def as_login(login: Login) -> Any:
            connection = dialect.connect(*arguments, **{**connect, **login.parameters})
            record.info[LOGIN] = login
            return connection

        return connect_as(settings, USER_FILE, as_login)

    return connect_with_login


def checkout_hook(settings: Settings) -> Callable[..., None]:
    """Returns the hook that replaces a pooled connection of the former login at its next checkout."""

    def leave_old_login(_connection: Any, record: Any, _proxy: Any) -> None:
        login = record.info.get(LOGIN)
        if login is not None and not is_in_use(settings, USER_FILE, login):
            raise DisconnectionError("its login is no longer in use")

    return leave_old_login


def metadata_uri(settings: Settings) -> str:
    """Registers the hooks and returns the URL. The hooks are on the classes, because Alembic creates its own
    engine."""
    if make_url(settings.metadata_url).get_backend_name() == "postgresql":
        event.listen(Engine, "do_connect", login_hook(settings))
        event.listen(Pool, "checkout", checkout_hook(settings))
    return settings.metadata_url


def engine_options(settings: Settings) -> dict[str, Any]:
    if make_url(settings.metadata_url).get_backend_name() != "postgresql":
        return {}
    platform = settings.platform
    return {
        "pool_size": platform.metadata_pool_size,
        "max_overflow": platform.metadata_pool_overflow,
        "pool_recycle": platform.metadata_pool_recycle,
        "pool_pre_ping": True,
    }
