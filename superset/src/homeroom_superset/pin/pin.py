"""A guest runs what the saved chart asks, with values for declared filters, and nothing else.

docs/adr/0001-pinned-payloads.md says why the query is rebuilt rather than compared.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, cast

from flask import request

from homeroom_superset.pin.dashboard import GuestDashboard
from homeroom_superset.pin.native import LISTED, pin_native
from homeroom_superset.pin.query import QueryPin
from homeroom_superset.pin.request import PinnableRequest
from homeroom_superset.pin.saved import SavedChart, SavedDashboard, load_dashboard
from homeroom_superset.pin.saved_query import saved_queries
from homeroom_superset.pin.school_time import guest_zone, in_school_time
from homeroom_superset.pin.values import shown
from homeroom_superset.refusal import RequestRefused
from homeroom_superset.services import services

MOST_QUERIES = 6
ADDRESS_ARGUMENTS = frozenset({"form_data", "dashboard_id", "force"})
BODY_MEMBERS = frozenset(
    {"datasource", "force", "queries", "form_data", "result_format", "result_type", "custom_cache_timeout"}
)


def _queries(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    queries = body.get("queries")
    if not isinstance(queries, list) or not queries or not all(isinstance(q, Mapping) for q in queries):
        raise RequestRefused("queries must be a list of at least one object")
    if len(queries) > MOST_QUERIES:
        raise RequestRefused(f"{len(queries)} queries in one request; at most {MOST_QUERIES} are accepted")
    return queries


def _check_frame(body: Mapping[str, Any], form: Mapping[str, Any], dashboard: SavedDashboard) -> None:
    if unknown := sorted(set(body) - BODY_MEMBERS):
        raise RequestRefused(f"member {shown(unknown[0])} is not accepted from a guest")
    if body.get("result_format") not in (None, "json"):
        raise RequestRefused(
            f"result_format {shown(body.get('result_format'))} is not open to guests; use json"
        )
    if form.get("dashboardId") not in (None, dashboard.id):
        raise RequestRefused(
            f"form_data.dashboardId {shown(form.get('dashboardId'))} is not the dashboard of this token"
        )


def _check_dataset(body: Mapping[str, Any], dataset_id: int) -> dict[str, Any]:
    asked = body.get("datasource")
    if (
        not isinstance(asked, Mapping)
        or str(asked.get("id")) != str(dataset_id)
        or asked.get("type") != "table"
    ):
        raise RequestRefused(f"datasource {shown(asked)} is not the one that was saved")
    return {"id": dataset_id, "type": "table"}


def _lifetime(seconds: int | None) -> dict[str, int]:
    """Superset finds no saved chart behind a list of values, nor one that the guest's role may not read: it
    would take the dataset's lifetime."""
    return {} if seconds is None else {"custom_cache_timeout": seconds}


def _pin_chart(
    body: Mapping[str, Any], chart: SavedChart, dashboard: SavedDashboard, most: int
) -> dict[str, Any]:
    if body.get("result_type") not in (None, "full"):
        raise RequestRefused(f"result_type {shown(body.get('result_type'))} is not open to guests; use full")
    pin = QueryPin(dashboard, chart, saved_queries(chart), most)
    return {
        "datasource": _check_dataset(body, chart.dataset_id),
        "queries": [pin.pin(asked, index) for index, asked in enumerate(_queries(body))],
        "form_data": {**chart.params, "slice_id": chart.id, "dashboardId": dashboard.id},
        **_lifetime(chart.cache_seconds),
    }


def _pin_filter(
    body: Mapping[str, Any], form: Mapping[str, Any], dashboard: SavedDashboard, most: int
) -> dict[str, Any]:
    native = dashboard.filters.get(str(form.get("native_filter_id")))
    if native is None:
        raise RequestRefused(
            f"native filter {shown(form.get('native_filter_id'))} is not one of the dashboard"
        )
    allowed = (None, "full", "timegrains", "columns") if native.type in LISTED else (None, "full")
    for holder in (body, *_queries(body)):
        if holder.get("result_type") not in allowed:
            raise RequestRefused(
                f"result_type {shown(holder.get('result_type'))} is not open to guests; use full"
            )
    asked = body.get("datasource")
    raw = str(asked.get("id")) if isinstance(asked, Mapping) else ""
    dataset_id = int(raw) if raw.isascii() and raw.isdigit() else -1
    return {
        "datasource": _check_dataset(body, dataset_id),
        "queries": [pin_native(query, native, dashboard, dataset_id, most) for query in _queries(body)],
        "form_data": {"type": "NATIVE_FILTER", "native_filter_id": native.id, "dashboardId": dashboard.id},
        **_lifetime(dashboard.cache_seconds()),
    }


def pinned_body(body: Any, dashboard: SavedDashboard, most: int) -> dict[str, Any]:
    if not isinstance(body, Mapping):
        raise RequestRefused("the body must be a JSON object")
    form = body.get("form_data")
    if not isinstance(form, Mapping):
        raise RequestRefused(
            "form_data is missing; a guest's request names the saved chart in form_data.slice_id"
        )
    _check_frame(body, form, dashboard)
    if form.get("type") == "NATIVE_FILTER":
        pinned = _pin_filter(body, form, dashboard, most)
    else:
        slice_id = form.get("slice_id")
        chart = dashboard.charts.get(slice_id) if type(slice_id) is int else None
        if chart is None:
            raise RequestRefused(f"chart {shown(slice_id)} is not on the dashboard of this token")
        pinned = _pin_chart(body, chart, dashboard, most)
    # Guests read through the cache: its lifetime is the dashboard's profile, and nobody's button shortens it.
    return {**pinned, "force": False, "result_format": "json", "result_type": "full"}


def check_address(arguments: Mapping[str, str], pinned: Mapping[str, Any]) -> None:
    """Superset's Jinja and logging read the address too, so it may repeat the body but not add to it."""
    if unknown := sorted(set(arguments) - ADDRESS_ARGUMENTS):
        raise RequestRefused(f"argument {shown(unknown[0])} in the address is not accepted from a guest")
    form = pinned["form_data"]
    if arguments.get("dashboard_id", str(form["dashboardId"])) != str(form["dashboardId"]):
        raise RequestRefused("dashboard_id in the address is not the dashboard of this token")
    if "form_data" in arguments:
        try:
            named = json.loads(arguments["form_data"])
        except (ValueError, RecursionError):
            named = None
        if (
            not isinstance(named, dict)
            or set(named) - {"slice_id"}
            or named.get("slice_id") not in (None, form.get("slice_id"))
        ):
            raise RequestRefused("form_data in the address may hold the slice_id of the body only")


def pin_request(guest_dashboard: GuestDashboard) -> None:
    if not request.is_json:
        raise RequestRefused("chart data is asked for with a JSON body")
    body = request.get_json(silent=True)
    pinned = pinned_body(body, load_dashboard(guest_dashboard.id), services().settings.platform.row_limit)
    check_address(request.args, pinned)
    cast(PinnableRequest, request).pinned = in_school_time(pinned, guest_zone())
