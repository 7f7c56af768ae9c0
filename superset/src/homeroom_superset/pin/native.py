"""The list of values behind a filter that the dashboard declares."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeroom_superset.pin.identity import entries
from homeroom_superset.pin.prefilter import Prefilter
from homeroom_superset.pin.query import pin_filters
from homeroom_superset.pin.saved import NativeFilter, SavedDashboard
from homeroom_superset.pin.values import row_limit, shown
from homeroom_superset.refusal import RequestRefused

LISTED = ("filter_timegrain", "filter_timecolumn")


def _bound(column: str, aggregate: str) -> dict[str, Any]:
    return {
        "expressionType": "SIMPLE",
        "column": {"column_name": column},
        "aggregate": aggregate,
        "label": aggregate.lower(),
    }


def pin_native(
    asked: Mapping[str, Any], native: NativeFilter, dashboard: SavedDashboard, dataset_id: int, most: int
) -> dict[str, Any]:
    column = next((c for d, c in native.targets if d == dataset_id), None)
    if column is None:
        raise RequestRefused(f"filter {native.id!r} does not read dataset {dataset_id}")
    limit = asked.get("row_limit")
    open_columns = dashboard.filter_columns()
    prefilter = Prefilter(native)
    query: dict[str, Any] = {
        "filters": pin_filters(
            prefilter.others(asked), [], open_columns, open_columns, dashboard.kinds.get(dataset_id, {})
        ),
        "columns": [column],
        "metrics": [],
        "orderby": [[column, True]],
        "row_limit": most if limit is None else row_limit(limit, most) or most,
    }
    if native.type == "filter_range":
        query |= {"columns": [], "metrics": [_bound(column, "MIN"), _bound(column, "MAX")], "orderby": []}
    elif native.type in LISTED:
        query |= {
            "columns": [],
            "orderby": [],
            "result_type": "timegrains" if native.type == LISTED[0] else "columns",
        }
    elif native.type == "filter_select":
        order = entries(asked.get("orderby"))
        if (
            len(order) == 1
            and isinstance(order[0], list)
            and order[0][:1] == [column]
            and isinstance(order[0][-1], bool)
        ):
            query["orderby"] = [[column, order[0][-1]]]
        if sort_metric := native.config.get("sortMetric"):
            query |= {"metrics": [sort_metric], "orderby": [[sort_metric, False]]}
    else:
        raise RequestRefused(f"filter {native.id!r} of type {shown(native.type)} lists no values")
    wanted = [c for c in entries(asked.get("columns")) if c != column]
    if wanted:
        raise RequestRefused(f"column {shown(wanted[0])} is not the one of filter {native.id!r}")
    for metric in entries(asked.get("metrics")):
        label = metric.get("label") if isinstance(metric, Mapping) else metric
        if native.type != "filter_range" and label != native.config.get("sortMetric"):
            raise RequestRefused(f"metric {shown(metric)} is not in filter {native.id!r}")
        of = metric.get("column") if isinstance(metric, Mapping) else None
        name = of.get("column_name") if isinstance(of, Mapping) else None
        if native.type == "filter_range" and name != column:
            raise RequestRefused(f"metric {shown(metric)} is not in filter {native.id!r}")
    return prefilter.enforce(query)
