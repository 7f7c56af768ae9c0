"""The query context that Superset 6.1's front end sends for a chart's form data.

Guests may run nothing but the saved context, so it has to say what the browser will ask; a browser test
compares the two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from homeroom_superset.content.form import FormData

Query = dict[str, Any]


def query_context(form: FormData, dataset_id: int) -> dict[str, Any]:
    return {
        "datasource": {"id": dataset_id, "type": "table"},
        "force": False,
        "queries": _pages(form, _BUILDERS[form["viz_type"]](form)),
        "form_data": {**form, "force": False, "result_format": "json", "result_type": "full"},
        "result_format": "json",
        "result_type": "full",
    }


def _pages(form: FormData, query: Query) -> list[Query]:
    """A table that pages on the server asks for one page, and how many rows there are."""
    if not form.get("server_pagination"):
        return [query]
    return [
        {**query, "row_limit": form["server_page_length"], "row_offset": 0},
        {**query, "row_offset": 0, "is_rowcount": True},
    ]


def _base(form: FormData, columns: list[Any], metrics: list[str] | None) -> Query:
    extras = {"having": "", "where": ""}
    if grain := form.get("time_grain_sqla"):
        extras["time_grain_sqla"] = grain
    query: Query = {
        "filters": [
            {"col": item["subject"], "op": item["operator"], "val": item["comparator"]}
            for item in form["adhoc_filters"]
        ],
        "extras": extras,
        "applied_time_extras": {},
        "columns": columns,
        "annotation_layers": [],
        "series_limit": 0,
        "group_others_when_limit_reached": False,
        "order_desc": form.get("order_desc", True),
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    if metrics is not None:
        query["metrics"] = metrics
    if "row_limit" in form:
        query["row_limit"] = form["row_limit"]
    return query


def _axis(form: FormData) -> Any:
    """Every x axis travels as an expression; a plain name would lose its time grain."""
    axis: dict[str, Any] = {
        "columnType": "BASE_AXIS",
        "sqlExpression": form["x_axis"],
        "label": form["x_axis"],
        "expressionType": "SQL",
        "isColumnReference": True,
    }
    if grain := form.get("time_grain_sqla"):
        axis["timeGrain"] = grain
    return axis


def _number(form: FormData) -> Query:
    return _base(form, [], [form["metric"]])


def _gauge(form: FormData) -> Query:
    return _base(form, [*form["groupby"]], [form["metric"]])


def _series(form: FormData) -> Query:
    metrics: list[str] = form["metrics"]
    operations: list[Mapping[str, Any]] = [
        {
            "operation": "pivot",
            "options": {
                "index": [form["x_axis"]],
                "columns": form["groupby"],
                "aggregates": {metric: {"operator": "mean"} for metric in metrics},
                "drop_missing_columns": False,
            },
        }
    ]
    if len(metrics) == 1 and form["groupby"]:
        # A single metric's name would stand in front of each series' name.
        operations.append(
            {"operation": "rename", "options": {"columns": {metrics[0]: None}, "level": 0, "inplace": True}}
        )
    operations.append({"operation": "flatten"})
    return {
        **_base(form, [_axis(form), *form["groupby"]], metrics),
        "orderby": [[metrics[0], False]],
        "series_columns": form["groupby"],
        "time_offsets": [],
        "post_processing": operations,
    }


def _table(form: FormData) -> Query:
    if form["query_mode"] == "raw":
        orderby = [json.loads(item) for item in form["order_by_cols"]]
        return {
            **_base(form, form["all_columns"], None),
            "orderby": orderby,
            "post_processing": [],
            "time_offsets": [],
        }
    metrics: list[str] = form["metrics"]
    return {
        **_base(form, form["groupby"], metrics),
        "orderby": [[metrics[0], False]],
        "post_processing": [],
        "time_offsets": [],
    }


def _heatmap(form: FormData) -> Query:
    return {
        **_base(form, [_axis(form), form["groupby"]], [form["metric"]]),
        "orderby": [[form["x_axis"], True], [form["groupby"], True]],
        "post_processing": [{"operation": "rank", "options": {"metric": form["metric"]}}],
    }


_BUILDERS: Mapping[str, Callable[[FormData], Query]] = {
    "big_number_total": _number,
    "gauge_chart": _gauge,
    "echarts_timeseries_line": _series,
    "echarts_timeseries_bar": _series,
    "table": _table,
    "heatmap_v2": _heatmap,
}
