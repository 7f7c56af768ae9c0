"""The metadata database's password comes from its file at each new connection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.engine.url import URL, make_url

from homeroom_superset.settings import Settings


def same_server_and_user(url: URL, connect: dict[str, Any]) -> bool:
    wanted = (url.host, int(url.port or 5432), url.username)
    return wanted == (connect.get("host"), int(connect.get("port") or 5432), connect.get("user"))


def password_hook(settings: Settings) -> Callable[..., None]:
    url = make_url(settings.metadata_url)

    def add_password(_dialect: Any, _record: Any, _cargs: Any, connect: dict[str, Any]) -> None:
        if same_server_and_user(url, connect):
            connect["password"] = settings.secret("metadataPassword")

    return add_password


def metadata_uri(settings: Settings) -> str:
    """The hook is on the class because Alembic makes an engine of its own from this URL."""
    if make_url(settings.metadata_url).get_backend_name() == "postgresql":
        event.listen(Engine, "do_connect", password_hook(settings))
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
