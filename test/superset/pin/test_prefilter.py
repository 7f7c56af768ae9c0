"""Tests that the pre-filter of a filter limits its list, whatever the browser sends."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import DASHBOARD, MOST, filter_request, native

SIMPLE = {
    "expressionType": "SIMPLE",
    "clause": "WHERE",
    "subject": "mastered",
    "operator": "==",
    "comparator": True,
}
MASTERED = {"col": "mastered", "op": "==", "val": True}
SQL = {"expressionType": "SQL", "clause": "WHERE", "sqlExpression": "score > 50 or score is null"}
IN_SQL = "(score > 50 or score is null)"
WEEK = {
    "expressionType": "SIMPLE",
    "clause": "WHERE",
    "subject": "subject_area",
    "operator": "TEMPORAL_RANGE",
    "comparator": "Last week",
}


def pinned(saved: dict[str, Any], asked: dict[str, Any], kind: str = "filter_select") -> dict[str, Any]:
    dashboard = replace(DASHBOARD, filters={"F1": native("F1", kind, "class_name", **saved)})
    body = filter_request("F1", {"columns": ["class_name"] if kind == "filter_select" else [], **asked})
    query: dict[str, Any] = pinned_body(body, dashboard, MOST)["queries"][0]
    return query


@pytest.mark.parametrize("kind", ["filter_select", "filter_range"])
@pytest.mark.parametrize("sent", [[MASTERED], [], [MASTERED, MASTERED]])
def test_a_simple_one_is_enforced(kind: str, sent: list[Any]) -> None:
    assert pinned({"adhoc_filters": [SIMPLE]}, {"filters": sent}, kind)["filters"] == [MASTERED]


@pytest.mark.parametrize("sent", [{"where": IN_SQL, "having": ""}, {}, {"where": ""}, None])
def test_one_in_sql_is_enforced(sent: Any) -> None:
    assert pinned({"adhoc_filters": [SQL]}, {"extras": sent})["extras"] == {"where": IN_SQL}


def test_both_and_the_search_of_a_person_stand_together() -> None:
    search = {"col": "class_name", "op": "ILIKE", "val": "%7b%"}
    query = pinned({"adhoc_filters": [SIMPLE, SQL]}, {"filters": [search]})
    assert (query["filters"], query["extras"]) == ([MASTERED, search], {"where": IN_SQL})


def test_a_time_range_of_the_request_stands_beside_the_saved_one() -> None:
    wider = {"col": "subject_area", "op": "TEMPORAL_RANGE", "val": "No filter"}
    dashboard = replace(
        DASHBOARD, filters={"F1": native("F1", "filter_select", "subject_area", adhoc_filters=[WEEK])}
    )
    query = pinned_body(filter_request("F1", {"filters": [wider]}), dashboard, MOST)["queries"][0]
    assert {"col": "subject_area", "op": "TEMPORAL_RANGE", "val": "Last week"} in query["filters"]


def test_a_time_range_saved_beside_its_column_is_enforced() -> None:
    saved = {"time_range": "Last year", "granularity_sqla": "assessed_on"}
    assert pinned(saved, {})["filters"] == [
        {"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "Last year"}
    ]
    assert pinned({"time_range": "No filter", "granularity_sqla": "assessed_on"}, {})["filters"] == []


@pytest.mark.parametrize(
    "asked",
    [
        {"extras": {"where": "(1 = 1)"}},
        {"extras": {"having": IN_SQL}},
        {"where": "(1 = 1)"},
        {"extras": [IN_SQL]},
        {"filters": [{"col": "mastered", "op": "==", "val": False}]},
        {"filters": [{"col": "mastered", "op": "!=", "val": True}]},
    ],
)
def test_another_condition_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused):
        pinned({"adhoc_filters": [SIMPLE, SQL]}, {**asked})


@pytest.mark.parametrize("broken", [[{"clause": "WHERE"}], ["mastered"], [7]])
def test_one_that_cannot_be_read_is_said_and_not_left_out(broken: list[Any]) -> None:
    with pytest.raises(RequestRefused, match="pre-filter of filter 'F1'"):
        pinned({"adhoc_filters": broken}, {})
