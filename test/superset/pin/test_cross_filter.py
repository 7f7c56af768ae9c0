"""A click on a chart filters the others by its dimension, also one that its author wrote in SQL."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import SavedChart
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import DASHBOARD, LINE, MOST, ask, filter_request

STAGE = {
    "expressionType": "SQL",
    "label": "Stage",
    "sqlExpression": "case when year_level >= 10 then 'senior' else 'junior' end",
}
BY_STAGE = SavedChart(
    4, 9, {"groupby": [{**STAGE, "hasCustomLabel": True}], "x_axis": "assessed_on"}, LINE.query_context
)
BOARD = replace(DASHBOARD, charts={**DASHBOARD.charts, 4: BY_STAGE})


def filters_of(click: Any, dashboard: Any = BOARD) -> list[Any]:
    query = pinned_body(ask(query={"filters": [click]}), dashboard, MOST)["queries"][0]
    filters: list[Any] = query["filters"]
    return filters[1:]


@pytest.mark.parametrize(
    ("op", "val"), [("IN", ["senior"]), ("NOT IN", ["junior", "x"]), ("IS NULL", None), ("==", "senior")]
)
def test_a_dimension_in_sql_of_a_saved_chart_filters_the_others(op: str, val: Any) -> None:
    click = {"col": {**STAGE, "optionName": "sent by the browser"}, "op": op, "val": val}
    assert filters_of(click) == [{"col": STAGE, "op": op, "val": val}]


@pytest.mark.parametrize(
    "col",
    [
        {**STAGE, "sqlExpression": STAGE["sqlExpression"] + " "},
        {**STAGE, "sqlExpression": "1 = 1"},
        {**STAGE, "label": "Level"},
        {"sqlExpression": STAGE["sqlExpression"]},
        {"label": "Stage"},
        {**STAGE, "sqlExpression": [STAGE["sqlExpression"]]},
        [STAGE],
        None,
        7,
    ],
)
def test_anything_but_its_very_letters_is_refused(col: Any) -> None:
    with pytest.raises(RequestRefused, match="expression"):
        filters_of({"col": col, "op": "IN", "val": ["senior"]})


@pytest.mark.parametrize(
    ("op", "val"), [("TEMPORAL_RANGE", "Last week"), ("IN", []), ("IN", [{"a": 1}]), ("LIKE", "s%")]
)
def test_its_values_are_bounded_as_those_of_a_column(op: str, val: Any) -> None:
    with pytest.raises(RequestRefused):
        filters_of({"col": STAGE, "op": op, "val": val})


def test_without_cross_filters_it_is_refused() -> None:
    with pytest.raises(RequestRefused, match="expression"):
        filters_of({"col": STAGE, "op": "IN", "val": ["senior"]}, replace(BOARD, cross_filters=False))


def test_the_list_of_a_filter_takes_none() -> None:
    body = filter_request("F1", {"filters": [{"col": STAGE, "op": "IN", "val": ["senior"]}]})
    with pytest.raises(RequestRefused, match="expression"):
        pinned_body(body, BOARD, MOST)
