"""Tests which values of a guest are compared with which columns, and how many."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.filter_value import MOST_FILTERS, MOST_VALUES
from homeroom_superset.pin.kinds import LATEST_MS, Kind, comparable, kind_of
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.query import MOST_LISTED
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import DASHBOARD, MOST, ask, filter_request

TYPED = replace(
    DASHBOARD,
    kinds={
        9: {"topic": Kind.TEXT, "score": Kind.NUMBER, "subject_area": Kind.TEXT, "assessed_on": Kind.TIME}
    },
)


TYPES = {
    Kind.NUMBER: ["BIGINT", "integer", "SMALLINT", "NUMERIC(5, 2)", "DOUBLE PRECISION", "FLOAT", "REAL"],
    Kind.TEXT: ["VARCHAR(20)", "TEXT", "CHAR(2)", "JSON", "INTERVAL", "INTEGER[]", "TIME", "INET"],
    Kind.TIME: ["DATE", "TIMESTAMP WITHOUT TIME ZONE", "timestamptz"],
    Kind.TRUTH: ["BOOLEAN", "bool"],
    Kind.UUID: ["UUID"],
    Kind.UNKNOWN: [None, ""],
}
GOOD: dict[Kind, list[Any]] = {
    Kind.TEXT: ["", "x", "1", "x" * 500, "<NULL>", None],
    Kind.NUMBER: [1, -1.5, "12", "-0.5", 2**63 - 1, "<NULL>", None],
    Kind.TIME: [0, 1.5, "2024-02-29", "2024-02-29T08:00:00", None],
    Kind.TRUTH: [True, False, 0, 1, "true", "0", None],
    Kind.UUID: ["00000000-0000-0000-0000-00000000000a", None],
    Kind.UNKNOWN: ["x", 1, 1.5, None],
}
BAD: dict[Kind, list[Any]] = {
    Kind.TEXT: [1, 1.5, True, [], {}, "x" * 501],
    Kind.NUMBER: [True, "x", "1e9", "nan", 2**63, "", "1" * 40],
    Kind.TIME: [True, "now", "2024-02-30", 10**41, LATEST_MS * 2],
    Kind.TRUTH: ["x", 2, 0.5, []],
    Kind.UUID: ["x", 1, True],
    Kind.UNKNOWN: [True, {}, float("inf"), 10**41],
}


@pytest.mark.parametrize(("native_type", "kind"), [(t, kind) for kind, types in TYPES.items() for t in types])
def test_a_type_of_postgresql_is_of_one_kind(native_type: str | None, kind: Kind) -> None:
    assert kind_of(native_type) is kind


@pytest.mark.parametrize("kind", Kind)
def test_a_value_is_of_the_kind_of_its_column(kind: Kind) -> None:
    for value in GOOD[kind]:
        assert comparable(value, kind, "here") == value
    for value in BAD[kind]:
        with pytest.raises(RequestRefused, match=r"here is .*; a filter value of this column is"):
            comparable(value, kind, "here")


def pinned(query: dict[str, Any]) -> list[dict[str, Any]]:
    return pinned_body(ask(query=query), TYPED, MOST)["queries"][0]["filters"]


@pytest.mark.parametrize(
    ("filters", "reason"),
    [
        ([{"col": "subject_area", "op": "IN", "val": [1, "x"]}], "subject_area"),
        ([{"col": "score", "op": ">", "val": True}], "score"),
        ([{"col": "topic", "op": "ILIKE", "val": True}], "topic"),
        ([{"col": "assessed_on", "op": "==", "val": 10**40}], "assessed_on"),
        ([{"col": "teacher", "op": "IN", "val": [1, "x"]}], "mixes text and numbers"),
        ([{"col": "topic", "op": "IN", "val": []}], "0 values"),
        ([{"col": "topic", "op": "==", "val": "x"}] * (MOST_FILTERS + 1), "101 filters"),
        ([{"col": "topic", "op": "IN", "val": ["x"] * MOST_VALUES}] * 3, "3000 filter values"),
    ],
)
def test_filters_of_another_kind_or_too_many_are_refused(filters: list[dict[str, Any]], reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason):
        pinned({"filters": filters})
    if filters[0]["col"] == "subject_area":
        with pytest.raises(RequestRefused, match=reason):
            pinned_body(filter_request("F1", {"filters": filters}), TYPED, MOST)


def test_as_many_as_a_dashboard_can_send_are_taken() -> None:
    chosen = [{"col": "topic", "op": "IN", "val": ["x", None, "<NULL>"]}] * MOST_FILTERS
    assert pinned({"filters": chosen})[-MOST_FILTERS:] == chosen


@pytest.mark.parametrize(
    ("query", "reason"),
    [
        ({"orderby": [["topic", True]] * 5000}, "terms in orderby"),
        ({"columns": ["topic"] * (MOST_LISTED + 1)}, "columns lists more than"),
        ({"metrics": ["saved_metric"] * (MOST_LISTED + 1)}, "metrics lists more than"),
        ({"annotation_layers": [{}] * (MOST_LISTED + 1)}, "annotation_layers lists more than"),
    ],
)
def test_lists_that_cost_time_are_bounded(query: dict[str, Any], reason: str) -> None:
    with pytest.raises(RequestRefused, match=reason):
        pinned(query)
