"""A row limit above the platform's is lowered to it, whoever wrote it: the author or the browser."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import SavedChart, SavedDashboard

from saved_dashboard import DASHBOARD, LINE, MOST, QUERY, TABLE, ask, filter_request


def limit_of(body: dict[str, Any], dashboard: SavedDashboard = DASHBOARD) -> Any:
    return pinned_body(body, dashboard, MOST)["queries"][0]["row_limit"]


def saved_with(row_limit: int | None) -> SavedDashboard:
    chart = SavedChart(1, 9, LINE.params, {"queries": [{**QUERY, "row_limit": row_limit}]})
    return replace(DASHBOARD, charts={1: chart, 2: TABLE})


@pytest.mark.parametrize("asked", [50_000, "50000", 10_001, 10_000, 0, None])
def test_a_chart_saved_with_more_rows_than_the_platform_gives_has_those_it_gives(asked: Any) -> None:
    assert limit_of(ask(query={"row_limit": asked}), saved_with(50_000)) == MOST
    assert limit_of(ask(query={"row_limit": asked}), saved_with(None)) == MOST


@pytest.mark.parametrize(
    ("asked", "given"), [(500, 500), (501, 500), (50_000, 500), (7, 7), (0, 500), (None, 500)]
)
def test_a_browser_has_at_most_the_rows_of_the_saved_chart(asked: Any, given: int) -> None:
    assert limit_of(ask(query={"row_limit": asked})) == given


@pytest.mark.parametrize("asked", [10_001, 50_000])
def test_a_filter_lists_at_most_as_many_values_as_the_platform_gives(asked: int) -> None:
    assert limit_of(filter_request("F1", {"row_limit": asked})) == MOST


def test_a_table_that_pages_on_the_server_has_pages_of_at_most_the_platforms_rows() -> None:
    params = {**TABLE.params, "row_limit": 50_000, "server_page_length": 50_000}
    dashboard = replace(DASHBOARD, charts={2: SavedChart(2, 9, params, TABLE.query_context)})
    assert limit_of(ask(2, {"row_limit": 50_000}), dashboard) == MOST
