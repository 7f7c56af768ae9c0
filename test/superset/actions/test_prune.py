"""Tests what the action log forgets, on a real PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
from homeroom_superset.actions import prune as module
from homeroom_superset.actions.prune import prune
from homeroom_superset.jobs.worker import celery_config
from homeroom_superset.settings import Settings, SettingsError, read_settings
from sqlalchemy import create_engine, text

from postgres import postgres

NOW = datetime(2026, 11, 25, 8, 0)


@pytest.fixture(scope="module")
def engine() -> Iterator[Any]:
    with postgres() as running:
        made = create_engine(f"postgresql+psycopg2://postgres@127.0.0.1:{running.port}/postgres")
        yield made
        made.dispose()


def fill(engine: Any, ages: list[int]) -> None:
    with engine.begin() as connection:
        connection.execute(text("drop table if exists logs"))
        connection.execute(text("create table logs (id serial primary key, dttm timestamp)"))
        for days in ages:
            connection.execute(
                text("insert into logs (dttm) values (:at)"), {"at": NOW - timedelta(days=days)}
            )


def left(engine: Any) -> int:
    with engine.begin() as connection:
        return int(connection.execute(text("select count(*) from logs")).scalar())


def test_rows_older_than_the_retention_go_and_the_others_stay(engine: Any) -> None:
    fill(engine, [0, 1, 89, 91, 400])
    assert prune(engine, 90, NOW) == 2
    assert left(engine) == 3
    assert prune(engine, 90, NOW) == 0


def test_many_rows_go_in_rounds_and_one_run_has_an_end(engine: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_ROWS", 3)
    monkeypatch.setattr(module, "MOST_ROUNDS", 2)
    fill(engine, [100] * 7)
    assert prune(engine, 90, NOW) == 6
    assert prune(engine, 90, NOW) == 1


def test_beat_sends_the_task_that_the_worker_knows(environ: dict[str, str]) -> None:
    config: Any = celery_config(read_settings(environ))
    tasks = {entry["task"] for entry in config.beat_schedule.values()}
    assert tasks == {module.prune_actions.name}
    assert "homeroom_superset.actions.prune" in config.imports


def test_the_retention_is_a_setting(environ: dict[str, str]) -> None:
    assert read_settings(environ).action_log_days == 90
    environ["HOMEROOM_ACTION_LOG_DAYS"] = "30"
    kept: Settings = read_settings(environ)
    assert kept.action_log_days == 30
    for wrong in ("0", "3651", "-1", "x", "1.5", "9" * 20):
        environ["HOMEROOM_ACTION_LOG_DAYS"] = wrong
        with pytest.raises(SettingsError, match="from 1 to 3650"):
            read_settings(environ)
