"""Trims what a guest's browser is told about datasets: the columns that the dashboard draws, and no SQL."""

from __future__ import annotations

import json
from typing import Any

from flask import Response, request

from homeroom_superset.gate.current import current_guest
from homeroom_superset.pin.saved import SavedDashboard, load_dashboard, strings_in

KEPT = frozenset(
    {
        "id", "uid", "type", "name", "datasource_name", "table_name", "column_formats", "currency_formats",
        "columns",
        "column_names", "column_types", "metrics", "verbose_map", "main_dttm_col", "granularity_sqla",
        "time_grain_sqla", "order_by_choices", "filter_select", "filter_select_enabled", "cache_timeout",
        "normalize_columns", "always_filter_main_dttm", "offset",
    }
)  # fmt: skip
COLUMN_KEPT = frozenset(
    {
        "id",
        "column_name",
        "verbose_name",
        "type",
        "type_generic",
        "is_dttm",
        "groupby",
        "filterable",
        "python_date_format",
    }
)
METRIC_KEPT = frozenset({"id", "metric_name", "verbose_name", "d3format", "currency", "warning_text"})


def used_names(dashboard: SavedDashboard) -> frozenset[str]:
    names = {s for c in dashboard.charts.values() for s in strings_in([c.params, c.query_context or {}])}
    names |= {column for f in dashboard.filters.values() for _, column in f.targets}
    return frozenset(names)


def trim_dataset(dataset: dict[str, Any], used: frozenset[str]) -> dict[str, Any]:
    kept = {key: value for key, value in dataset.items() if key in KEPT}
    columns = [c for c in dataset.get("columns") or [] if c.get("column_name") in used]
    metrics = [m for m in dataset.get("metrics") or [] if m.get("metric_name") in used]
    names = {c["column_name"] for c in columns} | {m["metric_name"] for m in metrics}
    kept["columns"] = [{k: v for k, v in c.items() if k in COLUMN_KEPT} | {"expression": ""} for c in columns]
    kept["metrics"] = [{k: v for k, v in m.items() if k in METRIC_KEPT} | {"expression": ""} for m in metrics]
    kept["column_names"] = [c["column_name"] for c in columns]
    kept["column_types"] = [c["type_generic"] for c in columns if c.get("type_generic") is not None]
    kept["granularity_sqla"] = [pair for pair in dataset.get("granularity_sqla") or [] if pair[0] in names]
    kept["order_by_choices"] = []
    for key in ("verbose_map", "column_formats", "currency_formats"):
        kept[key] = {k: v for k, v in (dataset.get(key) or {}).items() if k in names or k == "__timestamp"}
    if kept.get("main_dttm_col") not in names:
        kept["main_dttm_col"] = None
    return kept


def trim_datasets(response: Response) -> Response:
    guest = current_guest()
    if guest is None or request.endpoint != "DashboardRestApi.get_datasets" or response.status_code != 200:
        return response
    if request.method == "OPTIONS":
        return response
    used = used_names(load_dashboard(guest.dashboard.id))
    body = json.loads(response.get_data())
    response.set_data(json.dumps({"result": [trim_dataset(dataset, used) for dataset in body["result"]]}))
    return response
