"""A saved dashboard with three charts and its filters, and the requests that a browser sends for them."""

from __future__ import annotations

import copy
from typing import Any

from homeroom_superset.pin.saved import NativeFilter, SavedChart, SavedDashboard

MOST = 10_000
AVERAGE = {
    "expressionType": "SIMPLE",
    "column": {"column_name": "score"},
    "aggregate": "AVG",
    "label": "Average",
}
AXIS = {
    "timeGrain": "P1M",
    "columnType": "BASE_AXIS",
    "sqlExpression": "assessed_on",
    "label": "assessed_on",
    "expressionType": "SQL",
}
QUERY: dict[str, Any] = {
    "filters": [{"col": "assessed_on", "op": "TEMPORAL_RANGE", "val": "No filter"}],
    "columns": [AXIS, "topic"],
    "metrics": [AVERAGE, "saved_metric"],
    "orderby": [[AVERAGE, False]],
    "row_limit": 500,
    "extras": {"where": "", "having": "", "time_grain_sqla": "P1M"},
    "post_processing": [{"operation": "pivot", "options": {}}],
}
LINE = SavedChart(
    1, 9, {"viz_type": "line", "x_axis": "assessed_on", "groupby": ["topic"]}, {"queries": [QUERY]}
)
TABLE = SavedChart(
    2,
    9,
    {
        "viz_type": "table",
        "server_pagination": True,
        "server_page_length": 25,
        "row_limit": 1000,
        "include_search": True,
        "show_totals": True,
        "groupby": ["class_id", "teacher"],
    },
    {
        "queries": [
            {
                "columns": ["class_id", "teacher"],
                "metrics": [AVERAGE],
                "filters": [{"col": "mastered", "op": "==", "val": True}],
                "orderby": [[AVERAGE, False]],
                "row_limit": 25,
            }
        ]
    },
)
EMPTY = SavedChart(3, 9, {}, None)


def native(identity: str, kind: str, column: str = "subject_area", **config: Any) -> NativeFilter:
    return NativeFilter(identity, kind, ((9, column),), config)


DASHBOARD = SavedDashboard(
    id=5,
    charts={c.id: c for c in (LINE, TABLE, EMPTY)},
    filters={
        f.id: f
        for f in (
            native("F1", "filter_select"),
            native("F2", "filter_range", "score"),
            NativeFilter("F3", "filter_time", (), {}),
            native("F4", "filter_timegrain", ""),
        )
    },
    cross_filters=True,
)


def ask(chart: int = 1, query: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    saved = DASHBOARD.charts[chart].query_context or {"queries": [{}]}
    return {
        "datasource": {"id": 9, "type": "table"},
        "force": False,
        "queries": [{**copy.deepcopy(saved["queries"][0]), "url_params": {}, **(query or {})}],
        "form_data": {"slice_id": chart, "dashboardId": 5, "viz_type": "line"},
        "result_format": "json",
        "result_type": "full",
        **body,
    }


def filter_request(identity: str, query: dict[str, Any] | None = None, **body: Any) -> dict[str, Any]:
    return {
        "datasource": {"id": 9, "type": "table"},
        "queries": [
            {"columns": ["subject_area"], "metrics": [], "filters": [], "row_limit": 1000, **(query or {})}
        ],
        "form_data": {"type": "NATIVE_FILTER", "native_filter_id": identity, "dashboardId": 5},
        **body,
    }
