"""Names what a request is about: the dashboard, the chart, the dataset or the database, and the filters."""

from __future__ import annotations

import json
from typing import Any

from flask import request

from homeroom_superset.gate.current import current_guest, verified_claims
from homeroom_superset.pin.request import PinnableRequest

MOST_FILTERS = 20
LONGEST_VALUE = 500
LONGEST_NAME = 100
KINDS = {
    "DashboardRestApi": "dashboard",
    "Superset": "dashboard",
    "ChartRestApi": "chart",
    "DatasetRestApi": "dataset",
    "DatabaseRestApi": "database",
    "SavedQueryRestApi": "saved_query",
    "RLSRestApi": "rls",
    "ReportScheduleRestApi": "report",
    "ThemeRestApi": "theme",
    "SupersetUserApi": "user",
    "SupersetRoleApi": "role",
    "GroupApi": "group",
}
IDENTIFIERS = ("id_or_slug", "dashboard_id_or_slug", "pk", "id_or_uuid", "dashboard_id", "user_id", "role_id")


def resources_of() -> list[dict[str, str]]:
    """Returns type and id of each, the most particular last. Ids are numbers or slugs of content, never of
    people."""
    found: list[dict[str, str]] = []
    claims = verified_claims()
    if claims is not None:
        guest = current_guest()
        known = {} if guest is None else {"uuid": guest.dashboard.uuid}
        found.append({"type": "dashboard", "id": claims.dashboard, **known})
    else:
        view = (request.endpoint or "").partition(".")[0]
        named = request.view_args or {}
        identity = next((named[name] for name in IDENTIFIERS if name in named), None)
        if view in KINDS and identity is not None:
            found.append({"type": KINDS[view], "id": str(identity)[:LONGEST_NAME]})
    if request.endpoint == "ChartDataRestApi.data":
        found += _chart()
    return found


def _body() -> Any:
    if isinstance(request, PinnableRequest) or request.is_json:
        return request.get_json(silent=True)
    return None


def _chart() -> list[dict[str, str]]:
    body = _body()
    form = body.get("form_data") if isinstance(body, dict) else None
    form = form if isinstance(form, dict) else {}
    found = []
    if verified_claims() is None and isinstance(form.get("dashboardId"), int):
        found.append({"type": "dashboard", "id": str(form["dashboardId"])})
    datasource = body.get("datasource") if isinstance(body, dict) else None
    if isinstance(datasource, dict) and isinstance(datasource.get("id"), int):
        found.append({"type": "dataset", "id": str(datasource["id"])})
    if isinstance(form.get("slice_id"), int):
        found.append({"type": "chart", "id": str(form["slice_id"])})
    elif isinstance(form.get("native_filter_id"), str):
        found.append({"type": "filter", "id": form["native_filter_id"][:LONGEST_NAME]})
    return found


def filters_of() -> tuple[tuple[str, str], ...]:
    """Returns column and value, as JSON, of each filter that the request applied."""
    if request.endpoint != "ChartDataRestApi.data":
        return ()
    body = _body()
    queries = body.get("queries") if isinstance(body, dict) else None
    query = queries[0] if isinstance(queries, list) and queries and isinstance(queries[0], dict) else {}
    found = []
    filters = query.get("filters")
    for one in filters[:MOST_FILTERS] if isinstance(filters, list) else ():
        if isinstance(one, dict) and isinstance(one.get("col"), str):
            told = json.dumps({"op": one.get("op"), "val": one.get("val")}, ensure_ascii=False, default=str)
            found.append((one["col"][:LONGEST_NAME], told[:LONGEST_VALUE]))
    if isinstance(query.get("time_range"), str) and query["time_range"] != "No filter":
        found.append(("time_range", query["time_range"][:LONGEST_VALUE]))
    return tuple(found)
