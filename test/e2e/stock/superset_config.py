"""Superset as its manual configures embedding, beside ours on the same databases."""

import json
import os
from pathlib import Path
from typing import Any

from sqlalchemy.engine.url import URL, make_url


def secret(name: str) -> str:
    return (Path(os.environ["HOMEROOM_SECRETS_DIR"]) / name).read_text(encoding="utf-8")


def login(name: str) -> dict[str, str]:
    value = json.loads(secret(name))
    return {"username": value["username"], "password": value["password"]}


ANALYTICS = make_url(os.environ["HOMEROOM_ANALYTICS_URL"])


def fill_in_author(
    uri: URL, params: dict[str, Any], _username: Any, _security_manager: Any, _source: Any
) -> tuple[URL, dict[str, Any]]:
    """PostgreSQL itself gives our reader role no row here, and its own lock is not what these tests try."""
    if uri.database != ANALYTICS.database:
        return uri, params
    return uri.set(**login(os.environ["STOCK_AUTHOR_SECRET"])), params


SECRET_KEY = secret("secret-key")
SQLALCHEMY_DATABASE_URI = (
    make_url(os.environ["HOMEROOM_METADATA_URL"])
    .set(**login("metadata-user"))
    .render_as_string(hide_password=False)
)
DB_CONNECTION_MUTATOR = fill_in_author
FEATURE_FLAGS = {"EMBEDDED_SUPERSET": True}
GUEST_ROLE_NAME = "Homeroom Guest"
GUEST_TOKEN_JWT_SECRET = Path(os.environ["STOCK_GUEST_SECRET_FILE"]).read_text(encoding="utf-8")
GUEST_TOKEN_JWT_AUDIENCE = "stock"
TALISMAN_ENABLED = False
