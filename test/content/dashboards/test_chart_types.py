"""Chart types beyond the product's own: their queries are what the front end was seen to ask.

test/e2e/chart-types.test.ts compares the same file with a browser.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from homeroom_superset.content.bundle import BundleError, load_bundle
from homeroom_superset.content.form import form_data
from homeroom_superset.content.query import BUILDERS, QueryUnknown, query_context
from homeroom_superset.platform import read_platform
from homeroom_superset.settings import REPOSITORY_CONTRACT

HERE = Path(__file__).parent
TYPES: dict[str, Any] = json.loads((HERE / "chart-types.json").read_text(encoding="utf-8"))
NAMESPACE = read_platform(REPOSITORY_CONTRACT).content_namespace
DASHBOARDS = HERE.parents[2] / "content/dashboards"


@pytest.mark.parametrize("name", TYPES)
def test_the_query_is_what_the_browser_was_seen_to_ask(name: str) -> None:
    assert query_context(TYPES[name]["form"], 1)["queries"] == TYPES[name]["queries"]


def test_every_family_of_charts_was_seen() -> None:
    alike = {"echarts_timeseries", "echarts_timeseries_smooth", "echarts_timeseries_step"}
    assert {entry["form"]["viz_type"] for entry in TYPES.values()} == BUILDERS.keys() - alike - {
        "big_number_total"
    }


FILTERS = [
    {
        "clause": "WHERE",
        "expressionType": "SIMPLE",
        "subject": "topic",
        "operator": "IN",
        "comparator": ["a"],
    },
    {"clause": "WHERE", "expressionType": "SIMPLE", "subject": "topic", "operator": "IS NOT NULL"},
    {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "score > 1"},
    {"clause": "WHERE", "expressionType": "SQL", "sqlExpression": "score < 9 -- low"},
    {"clause": "HAVING", "expressionType": "SQL", "sqlExpression": "count(*) > 1"},
]


def test_filters_of_every_kind_are_part_of_the_query() -> None:
    form = {"viz_type": "big_number_total", "metric": "assessments", "adhoc_filters": FILTERS}
    (query,) = query_context(form, 1)["queries"]
    assert query["filters"] == [
        {"col": "topic", "op": "IN", "val": ["a"]},
        {"col": "topic", "op": "IS NOT NULL"},
    ]
    assert query["extras"] == {"where": "(score > 1) AND (score < 9 -- low\n)", "having": "(count(*) > 1)"}


@pytest.mark.parametrize(
    ("form", "told"),
    [
        ({"viz_type": "cal_heatmap"}, "chart type 'cal_heatmap' is not known"),
        ({}, "chart type 'None' is not known"),
        ({"viz_type": "pie"}, "chart type pie needs 'metric'"),
        ({"viz_type": "histogram_v2"}, "names no column"),
        ({"viz_type": "echarts_area", "forecastEnabled": True}, "save it once in the studio"),
        ({"viz_type": "table", "time_compare": ["1 week ago"]}, "save it once in the studio"),
        ({"viz_type": "box_plot", "whiskerOptions": "odd"}, "use Tukey"),
        ({"viz_type": "pie", "metric": "m", "row_limit": "many"}, "whole number"),
        ({"viz_type": "pie", "metric": "m", "groupby": [3]}, "name or an object"),
    ],
)
def test_what_is_not_known_is_said(form: dict[str, Any], told: str) -> None:
    with pytest.raises(QueryUnknown, match=told):
        query_context(form, 1)


@pytest.fixture
def folder(tmp_path: Path) -> Callable[..., Path]:
    """A customer's folder: a dataset with odd names, and a chart that the product has no word for."""

    def make(**chart: Any) -> Path:
        described = {
            "owner": "a@b.example",
            "review_by": "2027-05-31",
            "sensitivity": "internal",
            "freshness": "daily",
            "description": "Reading.",
        }
        dataset = described | {
            "table": "reading_log",
            "title": "Reading",
            "time_column": "logged_at",
            "columns": {
                "Reading Level": {"type": "VARCHAR(20)", "title": "Level"},
                "Grade": {"type": "TEXT", "title": "Grade"},
                "größe 📚": {"type": "DOUBLE PRECISION", "title": "Size"},
                "select": {"type": "NUMERIC(10, 2)", "title": "Reserved"},
                "reader": {"type": "UUID", "title": "Reader", "hidden": True},
                "logged_at": {"type": "TIMESTAMP", "title": "When"},
            },
            "metrics": {
                "entries": {"title": "Entries", "sql": "count(*)", "meaning": "How often somebody read."}
            },
        }
        board = described | {
            "slug": "reading",
            "title": "Reading",
            "roles": ["teacher"],
            "filters": [
                {
                    "key": "level",
                    "title": "Level",
                    "kind": "value",
                    "dataset": "reading_log",
                    "column": "Reading Level",
                }
            ],
            "charts": {
                "levels": {
                    "title": "Levels",
                    "type": "superset",
                    "dataset": "reading_log",
                    "meaning": "How many readers have which level.",
                    "viz_type": "pie",
                    "params": {"groupby": ["Reading Level"], "metric": "entries"},
                    **chart,
                },
                "log": {
                    "title": "Log",
                    "type": "table",
                    "dataset": "reading_log",
                    "meaning": "Each time that somebody read.",
                    "show": {"columns": ["Reading Level", "größe 📚", "select"], "newest_first": "logged_at"},
                },
            },
            "rows": [{"height": 20, "charts": [{"chart": key, "width": 6} for key in ("levels", "log")]}],
        }
        (tmp_path / "datasets").mkdir()
        (tmp_path / "schema").symlink_to(DASHBOARDS / "schema")
        (tmp_path / "datasets/reading_log.yaml").write_text(yaml.safe_dump(dataset, allow_unicode=True))
        (tmp_path / "reading.yaml").write_text(yaml.safe_dump(board, allow_unicode=True))
        return tmp_path

    return make


def test_a_dataset_takes_any_column_name_and_a_chart_any_known_type(folder: Callable[..., Path]) -> None:
    chart = load_bundle(folder(), NAMESPACE).dashboards[0].charts["levels"]
    form = form_data(chart)
    assert form["viz_type"] == "pie"
    (query,) = query_context(form, 1)["queries"]
    assert query["columns"] == ["Reading Level"]
    assert query["filters"] == [{"col": "logged_at", "op": "TEMPORAL_RANGE", "val": "No filter"}]


@pytest.mark.parametrize(
    ("chart", "told"),
    [
        ({"viz_type": "cal_heatmap"}, "levels.params: chart type 'cal_heatmap' is not known"),
        ({"params": {"metric": "entries", "groupby": ["level"]}}, "'level' is no column of reading_log"),
        ({"params": {"metric": "sum", "groupby": ["Grade"]}}, "'sum' is no metric of reading_log"),
        ({"params": {"metric": "entries", "groupby": ["reader"]}}, "'reader' of reading_log is hidden"),
        ({"params": {"groupby": ["Grade"]}}, "chart type pie needs 'metric'"),
        ({"show": {}}, "levels: has a member that does not belong to this type"),
    ],
)
def test_a_mistake_in_such_a_chart_is_told_when_the_folder_is_read(
    folder: Callable[..., Path], chart: dict[str, Any], told: str
) -> None:
    with pytest.raises(BundleError, match=told):
        load_bundle(folder(**chart), NAMESPACE)
