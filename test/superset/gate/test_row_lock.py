"""The last moment before the database: a guest's SQL reads allowed rows alone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from homeroom_superset.gate import row_lock, security_manager
from homeroom_superset.gate.row_lock import lock_rows
from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.gate.user import HomeroomGuest
from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.policy.compiled import Condition, Policy
from homeroom_superset.token.token import TokenVerifier
from superset.exceptions import QueryObjectValidationError

from conftest import Signer

SCHOOL = {"principal": (Condition("school_id", "eq", "school_id", "integer"),)}
POLICY = Policy("hash", {}, tables={"public.assessments": SCHOOL, "public.finances": {}})
SCOPED = "SELECT * FROM public.assessments WHERE school_id = 42"


@pytest.fixture
def guest(
    make_verifier: Callable[..., TokenVerifier], north: Signer, monkeypatch: pytest.MonkeyPatch
) -> Iterator[HomeroomGuest]:
    services = SimpleNamespace(policy=SimpleNamespace(current=lambda: POLICY))
    monkeypatch.setattr(row_lock, "services", lambda: services)
    monkeypatch.setattr(security_manager, "services", lambda: services)
    with Flask("rows").test_request_context():
        g.homeroom_claims = make_verifier().verify(north.token(school_id=42))
        yield HomeroomGuest(g.homeroom_claims, GuestDashboard(5, "u-5", "student-progress", "e-5"), [])


@pytest.mark.usefixtures("guest")
def test_the_tables_beneath_a_sql_dataset_are_read_through_their_clauses() -> None:
    sql = (
        "SELECT avg(score) FROM (select a.score from assessments a, public.finances) AS virtual_table LIMIT 9"
    )
    assert lock_rows(sql, security_manager=None, database=None) == (
        f"SELECT AVG(score) FROM (SELECT a.score FROM ({SCOPED}) AS a, "
        '(SELECT * FROM public.finances WHERE 1 = 0) AS "finances") AS virtual_table LIMIT 9'
    )


@pytest.mark.usefixtures("guest")
def test_a_query_with_its_clause_is_left_alone() -> None:
    sql = "SELECT score FROM public.assessments WHERE (school_id = 42) AND score > 1"
    assert lock_rows(sql).count("school_id = 42") == 1


@pytest.mark.usefixtures("guest")
@pytest.mark.parametrize("sql", ["select * from students", "select * from (", "select dblink('x')"])
def test_what_cannot_be_locked_is_refused(sql: str) -> None:
    with pytest.raises(QueryObjectValidationError, match="refused"):
        lock_rows(sql)


def test_an_author_s_sql_is_untouched() -> None:
    with Flask("rows").test_request_context():
        assert lock_rows("select anything", security_manager=None) == "select anything"


@pytest.mark.parametrize(
    ("named", "clauses"),
    [
        ({"table_name": "assessments"}, ["school_id = 42"]),
        ({"table_name": "finances"}, ["1 = 0"]),
        ({"table_name": "students"}, ["1 = 0"]),
        ({"sql": "select * from assessments"}, []),
        ({"sql": "select * from students"}, ["1 = 0"]),
    ],
)
def test_superset_adds_the_clause_of_a_table_and_leaves_sql_to_this_lock(
    guest: HomeroomGuest, monkeypatch: pytest.MonkeyPatch, named: dict[str, Any], clauses: list[str]
) -> None:
    manager = object.__new__(HomeroomSecurityManager)
    monkeypatch.setattr(HomeroomSecurityManager, "get_current_guest_user_if_guest", lambda _self: guest)
    values = {"uuid": "u", "schema": "public", "table_name": "x", "sql": None, **named}
    dataset = SimpleNamespace(**values, get_rendered_sql=lambda: values["sql"])
    rules = manager.get_guest_rls_filters(dataset)
    assert [rule["clause"] for rule in rules] == clauses
    # Superset leaves rules without a dataset out of the tables under a SQL dataset.
    assert all(rule["dataset"] is None for rule in rules)
