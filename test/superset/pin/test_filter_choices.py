"""`homeroom policy explain --filter`: a choice becomes the query that a browser would send."""

from __future__ import annotations

from typing import Any

import pytest
from homeroom_superset.pin.filter_choices import ChoiceRefused, chosen
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import NativeFilter, SavedChart, SavedDashboard
from homeroom_superset.refusal import RequestRefused

RANGE = {"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "No filter"}
QUERY: dict[str, Any] = {
    "columns": ["topic"],
    "metrics": ["average"],
    "filters": [RANGE],
    "extras": {},
    "row_limit": 50,
}
CHART = SavedChart(1, 9, {}, {"queries": [QUERY, {**QUERY, "metrics": []}]})


def native(identity: str, kind: str, name: str, column: str = "", **config: Any) -> NativeFilter:
    targets = ((9, column),) if column else ()
    return NativeFilter(identity, kind, targets, {"name": name, "chartsInScope": [1], **config})


FILTERS = (
    native("F1", "filter_select", "Subject area", "subject_area"),
    native("F2", "filter_range", "Score", "score"),
    native("F3", "filter_time", "Time range"),
    native("F4", "filter_timegrain", "Grain", "assessed_on"),
    native("F5", "filter_timecolumn", "Time column", "assessed_on"),
    native("F6", "filter_select", "Elsewhere", "month", chartsInScope=[2]),
    native("F7", "filter_select", "Left out", "month", chartsInScope=None, scope={"excluded": [1]}),
)
DASHBOARD = SavedDashboard(5, {1: CHART}, {f.id: f for f in FILTERS}, cross_filters=True)


def pinned(*choices: tuple[str, str]) -> list[dict[str, Any]]:
    """Runs a choice: it has to pass the pin as a browser's request does."""
    body = {
        "datasource": {"id": 9, "type": "table"},
        "queries": chosen(choices, DASHBOARD, CHART),
        "form_data": {"slice_id": 1},
    }
    queries: list[dict[str, Any]] = pinned_body(body, DASHBOARD, 10_000)["queries"]
    return queries


def test_nothing_chosen_is_the_saved_query() -> None:
    assert pinned()[0] == QUERY


def test_values_of_one_filter_are_one_list_in_every_query() -> None:
    for query in pinned(("Subject area", "English"), ("Subject area", "Science")):
        assert query["filters"] == [RANGE, {"col": "subject_area", "op": "IN", "val": ["English", "Science"]}]


def test_a_time_range_replaces_the_saved_one() -> None:
    query = pinned(("Time range", "Last quarter"))[0]
    assert query["filters"] == [{**RANGE, "val": "Last quarter"}]
    assert query["time_range"] == "Last quarter"
    assert QUERY["filters"] == [{"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "No filter"}]


@pytest.mark.parametrize(
    ("value", "ends"),
    [("50:70", [(">=", 50.0), ("<=", 70.0)]), ("50:", [(">=", 50.0)]), (" : 7.5", [("<=", 7.5)])],
)
def test_a_range_has_one_end_or_two(value: str, ends: list[tuple[str, float]]) -> None:
    assert pinned(("Score", value))[0]["filters"][1:] == [
        {"col": "score", "op": op, "val": end} for op, end in ends
    ]


def test_a_grain_is_set() -> None:
    assert pinned(("Grain", "P1M"))[0]["extras"]["time_grain_sqla"] == "P1M"


@pytest.mark.parametrize(
    ("choices", "reason"),
    [
        (
            [("Subject", "x")],
            "'Subject' is none that reaches this chart; its filters: Grain, Score, Subject area",
        ),
        ([("Elsewhere", "x")], "none that reaches this chart"),
        ([("Left out", "x")], "none that reaches this chart"),
        ([("Time range", "Last week"), ("Time range", "Last month")], "takes one value, and 2 are given"),
        ([("Score", "50")], "a range such as 50:70"),
        ([("Score", ":")], "a range such as 50:70"),
        ([("Score", "low:high")], "a range such as 50:70"),
        ([("Score", "nan:")], "a range such as 50:70"),
        ([("Time column", "x")], "filter_timecolumn"),
    ],
)
def test_a_choice_that_the_chart_does_not_offer_is_refused(
    choices: list[tuple[str, str]], reason: str
) -> None:
    with pytest.raises(ChoiceRefused, match=reason):
        pinned(*choices)


@pytest.mark.parametrize("choice", [("Time range", "whenever : never"), ("Grain", "fortnight")])
def test_a_value_that_superset_cannot_read_is_refused_by_the_pin(choice: tuple[str, str]) -> None:
    with pytest.raises(RequestRefused):
        pinned(choice)


def test_a_dashboard_without_filters_says_so() -> None:
    with pytest.raises(ChoiceRefused, match="no filter of the dashboard reaches"):
        chosen([("Score", "1:2")], SavedDashboard(5, {1: CHART}, {}, cross_filters=True), CHART)
