"""Tests what is generated for Superset from the folder: the same each time, and what its front end asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homeroom_superset.content.bundle import load_bundle
from homeroom_superset.content.described import Chart, Dashboard
from homeroom_superset.content.filters import metadata
from homeroom_superset.content.form import form_data
from homeroom_superset.content.layout import position
from homeroom_superset.content.query import query_context
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import SavedChart, SavedDashboard, read_filters
from homeroom_superset.platform import read_platform
from homeroom_superset.refusal import RequestRefused
from homeroom_superset.settings import REPOSITORY_CONTRACT

NAMESPACE = read_platform(REPOSITORY_CONTRACT).content_namespace
DASHBOARDS = Path(__file__).parents[3] / "content/dashboards"
RECORDED = json.loads((Path(__file__).parent / "browser-queries.json").read_text(encoding="utf-8"))
BUNDLE = load_bundle(DASHBOARDS, NAMESPACE)
CHARTS = [chart for board in BUNDLE.dashboards for chart in board.charts.values()]


def numbers(board: Dashboard) -> dict[str, int]:
    return {key: index + 1 for index, key in enumerate(board.charts)}


def datasets() -> dict[str, int]:
    return {table: index + 100 for index, table in enumerate(BUNDLE.datasets)}


def assets() -> list[Any]:
    again = load_bundle(DASHBOARDS, NAMESPACE)
    return [
        [
            position(board, numbers(board)),
            metadata(board, numbers(board), datasets(), 0),
            [query_context(form_data(chart), 1) for chart in board.charts.values()],
        ]
        for board in again.dashboards
    ]


def test_assets_are_the_same_each_time() -> None:
    assert json.dumps(assets()) == json.dumps(assets())


@pytest.mark.parametrize("chart", CHARTS, ids=lambda chart: chart.key)
def test_the_saved_query_is_what_the_browser_was_seen_to_ask(chart: Chart) -> None:
    assert query_context(form_data(chart), 1)["queries"] == RECORDED[chart.key]


def test_every_chart_has_its_place_inside_the_grid() -> None:
    for board in BUNDLE.dashboards:
        tree = position(board, numbers(board))
        placed = {
            item["meta"]["chartId"]
            for item in tree.values()
            if isinstance(item, dict) and item["type"] == "CHART"
        }
        assert placed == set(numbers(board).values())
        reachable = [child for row in tree["GRID_ID"]["children"] for child in tree[row]["children"]]
        assert len(reachable) == len(placed)


def test_a_value_filter_reaches_only_charts_whose_dataset_has_its_column() -> None:
    for board in BUNDLE.dashboards:
        found = metadata(board, numbers(board), datasets(), 0)["native_filter_configuration"]
        subject = next(item for item in found if item["filterType"] == "filter_select")
        reached = {key for key, number in numbers(board).items() if number in subject["chartsInScope"]}
        assert reached == {key for key, c in board.charts.items() if "subject_area" in c.dataset.columns}
        assert set(subject["scope"]["excluded"]).isdisjoint(subject["chartsInScope"])


def test_clicking_a_chart_filters_the_others_and_not_itself() -> None:
    for board in BUNDLE.dashboards:
        made = metadata(board, numbers(board), datasets(), 0)
        assert made["cross_filters_enabled"] is True
        for key, entry in made["chart_configuration"].items():
            assert int(key) not in entry["crossFilters"]["chartsInScope"]


@pytest.mark.parametrize("board", BUNDLE.dashboards, ids=lambda board: board.slug)
def test_the_time_filter_reaches_every_chart_by_its_own_time_and_by_no_other_column(
    board: Dashboard,
) -> None:
    charts = {
        numbers(board)[key]: SavedChart(numbers(board)[key], 1, form_data(c), query_context(form_data(c), 1))
        for key, c in board.charts.items()
    }
    saved = SavedDashboard(1, charts, read_filters(metadata(board, numbers(board), datasets(), 0)), True)
    for key, chart in board.charts.items():
        for column, is_open in (
            (chart.dataset.time_column, True),
            ("date_of_birth", False),
        ):
            body = time_filtered(charts[numbers(board)[key]], column)
            if not is_open:
                with pytest.raises(RequestRefused, match=column):
                    pinned_body(body, saved, 10_000)
                continue
            for query in pinned_body(body, saved, 10_000)["queries"]:
                assert query["time_range"] == "Last quarter"
                assert query["filters"] == [{"col": column, "op": "TEMPORAL_RANGE", "val": "Last quarter"}]


def time_filtered(chart: SavedChart, column: str) -> dict[str, Any]:
    """Returns the body that the front end sends: a range for the query and one for the column of time."""
    assert chart.query_context is not None
    chosen = {"col": column, "op": "TEMPORAL_RANGE", "val": "Last quarter"}
    return {
        "datasource": {"id": 1, "type": "table"},
        "queries": [
            {**query, "time_range": "Last quarter", "filters": [chosen]}
            for query in chart.query_context["queries"]
        ],
        "form_data": {"slice_id": chart.id, "dashboardId": 1},
    }
