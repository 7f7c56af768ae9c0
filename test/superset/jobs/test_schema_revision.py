"""Pods wait for the schema revision of their own image."""

from __future__ import annotations

import json
from pathlib import Path

import psycopg2
import pytest
from homeroom_superset.database.login import Login
from homeroom_superset.jobs import schema_revision
from homeroom_superset.jobs.schema_revision import expected_heads, migrations_folder, wait

HEAD = frozenset({"c3"})


class FakeSettings:
    metadata_url = "postgresql+psycopg2://user@host:5432/name"

    def secret(self, name: str) -> str:
        return json.dumps({"username": "user_a", "password": f"value of {name}"})


@pytest.fixture(autouse=True)
def settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema_revision, "read_settings", lambda environ: FakeSettings())
    monkeypatch.setattr(schema_revision.time, "sleep", lambda seconds: None)


def migration(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text, encoding="utf-8")


def test_the_head_is_what_no_migration_builds_on(tmp_path: Path) -> None:
    migration(tmp_path, "a", 'revision = "a1"\ndown_revision = None\n')
    migration(tmp_path, "b", 'revision: str = "b2"\ndown_revision = "a1"\n')
    migration(tmp_path, "b_too", 'revision = "b3"\ndown_revision = "a1"\n')
    migration(tmp_path, "merge", 'revision = "c3"\ndown_revision = ("b2", "b3")\n')
    assert expected_heads(tmp_path) == HEAD


def test_superset_s_own_migrations_have_one_head() -> None:
    assert len(expected_heads(migrations_folder())) == 1


def test_waits_until_the_revision_appears(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([psycopg2.OperationalError("no route"), frozenset(), frozenset({"b2"}), HEAD])

    def answer(url: str, login: Login) -> frozenset[str]:
        value = next(answers)
        if isinstance(value, Exception):
            raise value
        return value

    monkeypatch.setattr(schema_revision, "current_heads", answer)
    assert wait(HEAD, 60) is None


@pytest.mark.parametrize("found", [frozenset(), frozenset({"b2"}), frozenset({"c3", "d4"})])
def test_gives_up_on_another_revision_and_says_which(
    found: frozenset[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema_revision, "current_heads", lambda url, login: found)
    seen = wait(HEAD, 0)
    assert seen is not None
    assert all(revision in seen for revision in found or {"none"})
    assert "value of" not in seen
