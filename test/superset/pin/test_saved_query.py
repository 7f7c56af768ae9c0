"""A chart without a saved query context is asked by what its form data says."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.content.query import query_context
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import SavedChart, SavedDashboard
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import DASHBOARD, MOST

FORM: dict[str, Any] = {
    "viz_type": "echarts_timeseries_bar",
    "x_axis": "subject_area",
    "metrics": ["average_score"],
    "groupby": [],
    "adhoc_filters": [],
    "row_limit": 1000,
}


def on(chart: SavedChart) -> SavedDashboard:
    return replace(DASHBOARD, charts={8: chart})


def asked(**query: Any) -> dict[str, Any]:
    first = query_context(FORM, 9)["queries"][0]
    return {
        "datasource": {"id": 9, "type": "table"},
        "queries": [{**first, **query}],
        "form_data": {"slice_id": 8, "dashboardId": 5},
    }


def test_its_query_is_the_one_that_the_importer_would_have_saved() -> None:
    pinned = pinned_body(asked(), on(SavedChart(8, 9, FORM, None)), MOST)
    saved = pinned_body(asked(), on(SavedChart(8, 9, FORM, query_context(FORM, 9))), MOST)
    assert pinned == saved
    assert pinned["queries"][0]["metrics"] == ["average_score"]


def test_a_guest_adds_nothing_to_it() -> None:
    with pytest.raises(RequestRefused, match="student_id"):
        pinned_body(asked(columns=["student_id"]), on(SavedChart(8, 9, FORM, None)), MOST)


def test_what_was_saved_counts_before_the_form() -> None:
    saved = {"queries": [{"columns": ["topic"], "metrics": ["count"], "filters": [], "row_limit": 5}]}
    pinned = pinned_body(asked(columns=[], metrics=[], orderby=[]), on(SavedChart(8, 9, FORM, saved)), MOST)
    assert pinned["queries"][0]["columns"] == ["topic"]


@pytest.mark.parametrize(
    ("form", "context"),
    [
        ({}, None),
        ({"viz_type": "deck_arc"}, None),
        ({"viz_type": "pie"}, None),
        ({**FORM, "adhoc_filters": [{"clause": "WHERE"}]}, None),
        ({**FORM, "adhoc_filters": ["score > 1"]}, None),
        ({**FORM, "row_limit": "many"}, None),
        (FORM, {}),
        (FORM, {"queries": []}),
        (FORM, {"queries": [7]}),
    ],
)
def test_where_none_can_be_made_the_author_is_told_what_to_do(form: Any, context: Any) -> None:
    with pytest.raises(RequestRefused, match=r"chart 8 has no saved query.*opens it in Explore and saves it"):
        pinned_body(asked(), on(SavedChart(8, 9, form, context)), MOST)
