"""What is generated for Superset from the folder: the same each time, and what its front end asks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from homeroom_superset.provision.bundle import Chart, Dashboard, load_bundle
from homeroom_superset.provision.filters import metadata
from homeroom_superset.provision.form import form_data
from homeroom_superset.provision.layout import position
from homeroom_superset.provision.query import query_context

DASHBOARDS = Path(__file__).parents[2] / "dashboards"
RECORDED = json.loads((Path(__file__).parent / "browser-queries.json").read_text(encoding="utf-8"))
BUNDLE = load_bundle(DASHBOARDS)
CHARTS = [chart for board in BUNDLE.dashboards for chart in board.charts.values()]


def numbers(board: Dashboard) -> dict[str, int]:
    return {key: index + 1 for index, key in enumerate(board.charts)}


def datasets() -> dict[str, int]:
    return {table: index + 100 for index, table in enumerate(BUNDLE.datasets)}


def assets() -> list[Any]:
    again = load_bundle(DASHBOARDS)
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
