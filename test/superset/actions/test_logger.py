"""Tests who is written into Superset's action log, and what of it."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from homeroom_superset.actions import logger as module
from homeroom_superset.actions.logger import LONGEST_TEXT, MOST_BYTES, MOST_RECORDS, EventChain, scrub
from homeroom_superset.gate.cookies import DROPPED
from superset.utils.log import AbstractEventLogger


class Kept(AbstractEventLogger):
    def __init__(self) -> None:
        self.rows: list[dict[str, Any]] = []
        self.actions: list[str] = []

    def log(self, user_id: Any, action: str, *rest: Any, **named: Any) -> None:
        self.rows += named["records"]

    def log_with_context(self, action: str, *rest: Any, **named: Any) -> None:
        self.actions.append(action)


class Failing(AbstractEventLogger):
    def log(self, *_: Any, **__: Any) -> None:
        raise RuntimeError("full")


@pytest.fixture(autouse=True)
def no_upstream(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Superset's own reading of the request, which needs its whole application."""
    counted: list[str] = []
    monkeypatch.setattr(
        AbstractEventLogger,
        "log_with_context",
        lambda self, action, *_, **named: self.log(
            7, action, None, 1, None, named.pop("referrer", None), **named
        ),
    )
    instance = SimpleNamespace(incr=counted.append)
    monkeypatch.setattr(module, "stats_logger_manager", SimpleNamespace(instance=instance))
    return counted


def send(
    chain: EventChain, *, guest: bool = False, dropped: bool = False, author: bool = False, **named: Any
) -> None:
    with Flask("x").test_request_context("/", environ_overrides={DROPPED: True} if dropped else {}):
        if guest:
            g.homeroom_claims = object()
        g.user = SimpleNamespace(is_authenticated=author)
        chain.log_with_context("log", **named)


@pytest.mark.parametrize("who", [{"guest": True, "author": True}, {"dropped": True, "author": True}, {}])
def test_nobody_but_an_author_is_written_into_the_metadata_database(
    who: dict[str, bool], no_upstream: list[str]
) -> None:
    kept = Kept()
    send(EventChain(authors=[kept]), records=[{"path": "/x"}], **who)
    assert (kept.rows, no_upstream) == ([], ["log"])


def test_events_of_guests_have_a_place_of_their_own() -> None:
    authors, guests = Kept(), Kept()
    send(EventChain([authors], [guests]), guest=True)
    assert (authors.rows, guests.actions) == ([], ["log"])


def test_an_author_is_written_with_what_was_opened_and_nothing_typed() -> None:
    kept = Kept()
    record = {
        "path": "/api/v1/chart/data", "dashboard_id": 5, "is_cached": True, "sql": "select 1",
        "password": "x", "form_data": {"a": 1}, "queries": [1], "q": "x", "event_name": "mount_dashboard",
        "source": "x" * 5000,
    }  # fmt: skip
    send(EventChain(authors=[kept]), author=True, records=[record])
    assert kept.rows == [
        {"path": "/api/v1/chart/data", "dashboard_id": 5, "is_cached": True, "event_name": "mount_dashboard",
         "source": "x" * LONGEST_TEXT}
    ]  # fmt: skip


def test_records_of_one_event_are_bounded() -> None:
    kept = Kept()
    send(EventChain(authors=[kept]), author=True, records=[{"path": "/"}] * 5000)
    assert len(kept.rows) == MOST_RECORDS
    many = dict.fromkeys(module.KEPT, "ü" * LONGEST_TEXT)
    assert len(json.dumps(scrub(many))) <= MOST_BYTES + 2
    for odd in ("x", 1, None, ["path"]):
        assert scrub(odd) == {}


def test_a_log_that_fails_fails_no_request() -> None:
    send(EventChain(authors=[Failing()]), author=True, records=[{"path": "/"}])
