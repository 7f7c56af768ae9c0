"""Tests which rows of a dataset a guest may see, and why some have none."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from homeroom_superset.policy.clause import NOTHING
from homeroom_superset.policy.compiled import Condition, Policy
from homeroom_superset.policy.dataset import clause_of, problem_of

SCHOOL = {"principal": (Condition("school_id", "eq", "school_id", "integer"),)}
POLICY = Policy(
    "hash",
    {"u-1": SCHOOL, "u-2": SCHOOL},
    tables={"public.assessments": SCHOOL, "public.attendance": SCHOOL},
    sql_datasets={"u-3": frozenset({"public.assessments"})},
)


def dataset(sql: str | None = None, **values: Any) -> Any:
    known = {"uuid": "u-9", "schema": "public", "table_name": "recent_scores", "sql": sql, **values}
    return SimpleNamespace(**known, get_rendered_sql=lambda: (sql or "").strip("\t\r\n; "))


@pytest.mark.parametrize(
    "covered",
    [
        dataset(table_name="assessments"),
        dataset(table_name="assessments", schema=None),
        dataset("select * from assessments"),
        dataset("select * from public.assessments a join public.attendance b using (student_id);"),
        dataset("select 1 as one"),
        dataset("select * from assessments", uuid="u-3"),
        dataset("select * from assessments", schema=None),
    ],
)
def test_a_dataset_is_policed_by_its_table_or_by_those_beneath_its_sql(covered: Any) -> None:
    assert problem_of(covered, POLICY) is None


@pytest.mark.parametrize(
    ("bare", "told"),
    [
        (dataset(), "public.recent_scores has no row policy; add it to content/policies/rows.yaml"),
        (dataset(table_name="assessments", schema="archive"), "archive.assessments has no row policy"),
        (dataset("select * from students, archive.assessments"), "names archive.assessments, public.stu"),
        (dataset("select * from ("), "the SQL cannot be parsed"),
        (dataset("select dblink('x')"), "calls dblink()"),
        (dataset("select * from attendance", uuid="u-3"), "public.attendance, which its `tables`"),
        (dataset("select * from assessments", schema="archive"), "its schema is archive"),
    ],
)  # fmt: skip
def test_one_without_a_policy_says_what_to_do(bare: Any, told: str) -> None:
    assert told in str(problem_of(bare, POLICY))


def test_sql_that_superset_refuses_has_no_policy() -> None:
    broken = dataset("select 1; select 2")

    def refuse() -> str:
        raise RuntimeError("secret")

    broken.get_rendered_sql = refuse
    assert problem_of(broken, POLICY) == "Superset cannot render its SQL (RuntimeError)"


def test_a_role_or_a_table_that_is_not_named_has_no_rows() -> None:
    claims = {"school_id": 42}
    assert clause_of("public.assessments", POLICY, "principal", claims) == "school_id = 42"
    assert clause_of("public.assessments", POLICY, "student", claims) == NOTHING
    assert clause_of("public.students", POLICY, "principal", claims) == NOTHING
    assert clause_of("public.assessments", POLICY, "principal", {}) == NOTHING
