"""Checks of a dashboard's file beyond its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeroom_superset.content.described import Chart, Dataset
from homeroom_superset.content.form import form_data
from homeroom_superset.content.queries.base import as_list
from homeroom_superset.content.query import QueryUnknown, query_context

GRID_COLUMNS = 12
# The fields of Superset's form data that name metrics and columns.
METRICS = (
    "metric", "metrics", "metric_2", "secondary_metric", "x", "y", "size", "percent_metrics", "metrics_b",
    "timeseries_limit_metric", "series_limit_metric", "timeseries_limit_metric_b",
)  # fmt: skip
COLUMNS = (
    "x_axis", "groupby", "groupby_b", "columns", "all_columns", "groupbyRows", "groupbyColumns", "series",
    "entity", "column", "source", "target", "granularity_sqla",
)  # fmt: skip


def chart_problems(chart: Chart) -> Iterator[str]:
    if chart.file["type"] == "superset":
        yield from _name_problems(
            chart, "params", _named(chart.params, METRICS), _named(chart.params, COLUMNS)
        )
        try:
            query_context(form_data(chart), 0)
        except (QueryUnknown, TypeError, ValueError, AttributeError) as error:
            yield f"params: {error}"
        return
    show = chart.show
    metrics = [*show.get("metrics", []), *([show["metric"]] if "metric" in show else [])]
    single = [show[key] for key in ("x", "y", "newest_first") if key in show]
    yield from _name_problems(
        chart, "show", metrics, [*show.get("columns", []), *show.get("group_by", []), *single]
    )


def _named(params: Mapping[str, Any], fields: tuple[str, ...]) -> list[str]:
    """Yields the names among the values. A metric or column that the chart defines itself is an object
    instead."""
    return [item for field in fields for item in as_list(params.get(field)) if isinstance(item, str)]


def _name_problems(chart: Chart, where: str, metrics: list[str], columns: list[str]) -> Iterator[str]:
    table = chart.dataset.table
    for metric in metrics:
        if metric not in chart.dataset.metrics:
            known = ", ".join(chart.dataset.metrics)
            yield f"{where}: {metric!r} is no metric of {table}; it has {known}"
    for column in columns:
        if column not in chart.dataset.columns:
            yield f"{where}: {column!r} is no column of {table}"
        elif chart.dataset.columns[column].get("hidden"):
            yield f"{where}: {column!r} of {table} is hidden; charts show names, not scope columns"


def row_problems(content: Mapping[str, Any]) -> Iterator[str]:
    placed: set[str] = set()
    for index, row in enumerate(content["rows"]):
        width = sum(cell["width"] for cell in row["charts"])
        if width > GRID_COLUMNS:
            yield f"$.rows[{index}]: is {width} columns wide; {GRID_COLUMNS} fit"
        for cell in row["charts"]:
            if cell["chart"] not in content["charts"]:
                yield f"$.rows[{index}]: {cell['chart']!r} is no chart of this file"
            if cell["chart"] in placed:
                yield f"$.rows[{index}]: {cell['chart']!r} is placed twice"
            placed.add(cell["chart"])
    for key in content["charts"].keys() - placed:
        yield f"$.charts.{key}: is in no row; place it or remove it"


def filter_problems(content: Mapping[str, Any], datasets: Mapping[str, Dataset]) -> Iterator[str]:
    for index, item in enumerate(content["filters"]):
        if item["kind"] != "value":
            continue
        dataset = datasets.get(item["dataset"])
        if dataset is None:
            yield f"$.filters[{index}].dataset: {item['dataset']!r} is unknown"
        elif item["column"] not in dataset.columns:
            yield f"$.filters[{index}].column: {item['column']!r} is no column of {dataset.table}"
