"""Tests that what we override or call in Superset still has the shape that we were written for."""

from __future__ import annotations

import inspect
from importlib.metadata import version
from pathlib import Path

import pytest
import superset
from flask_login import LoginManager
from superset.security import SupersetSecurityManager

SHAPES = {
    "request_loader": ["self", "request"],
    "get_guest_user_from_request": ["self", "req"],
    "get_guest_user_from_token": ["self", "token"],
    "parse_jwt_guest_token": ["self", "raw_token"],
    "create_guest_access_token": ["self", "user", "resources", "rls"],
    "get_guest_rls_filters": ["self", "dataset"],
    "get_rls_filters": ["self", "table"],
    "get_current_guest_user_if_guest": ["self"],
    "has_guest_access": ["self", "dashboard"],
}


@pytest.mark.parametrize(("name", "arguments"), SHAPES.items())
def test_the_signature_is_the_one_we_override(name: str, arguments: list[str]) -> None:
    assert list(inspect.signature(getattr(SupersetSecurityManager, name)).parameters) == arguments


def test_superset_is_the_release_that_is_pinned() -> None:
    pins = (Path(__file__).parents[2] / "superset" / "requirements.in").read_text(encoding="utf-8")
    assert f"apache-superset=={version('apache-superset')}" in pins.splitlines()


def test_the_clauses_of_a_guest_are_part_of_the_cache_key() -> None:
    source = inspect.getsource(SupersetSecurityManager.get_rls_cache_key)
    assert "get_guest_rls_filters_str" in source


def test_every_reader_of_row_rules_takes_them_from_the_method_that_we_override() -> None:
    assert "self.get_rls_filters(table)" in inspect.getsource(SupersetSecurityManager.get_rls_sorted)
    assert "self.get_rls_sorted(datasource)" in inspect.getsource(SupersetSecurityManager.get_rls_cache_key)
    models = Path(superset.__file__).parent / "connectors/sqla/models.py"
    assert "security_manager.get_rls_filters(self)" in models.read_text(encoding="utf-8")


def test_a_request_without_a_session_asks_the_request_loader() -> None:
    assert "_load_user_from_request" in inspect.getsource(LoginManager._load_user)
