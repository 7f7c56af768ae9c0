"""The choices of a person in a dashboard's filters, in a query as Superset's front end writes it."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

from homeroom_superset.pin.saved import NativeFilter, SavedChart, SavedDashboard
from homeroom_superset.pin.saved_query import saved_queries
from homeroom_superset.refusal import ExpectedError

ONE_VALUE = frozenset({"filter_time", "filter_timegrain", "filter_range"})


class ChoiceRefused(ExpectedError):
    """A filter or value that this chart cannot be given; the message says what it can."""


def chosen(
    choices: Sequence[tuple[str, str]], dashboard: SavedDashboard, chart: SavedChart
) -> list[dict[str, Any]]:
    """The chart's saved queries with these pairs of filter and value; a filter given twice has two values."""
    queries: list[dict[str, Any]] = copy.deepcopy(saved_queries(chart))
    values: dict[str, list[str]] = {}
    for name, value in choices:
        values.setdefault(name, []).append(value)
    reaching = {_name(f): f for f in dashboard.filters.values() if _reaches(f, chart.id)}
    for name, picked in values.items():
        if name not in reaching:
            raise ChoiceRefused(_no_filter(name, reaching))
        _write(reaching[name], picked, queries)
    return queries


def _name(native: NativeFilter) -> str:
    return str(native.config.get("name") or native.id)


def _reaches(native: NativeFilter, chart_id: int) -> bool:
    in_scope = native.config.get("chartsInScope")
    if isinstance(in_scope, list):
        return chart_id in in_scope
    return chart_id not in (native.config.get("scope") or {}).get("excluded", [])


def _no_filter(name: str, reaching: Mapping[str, NativeFilter]) -> str:
    if not reaching:
        return f"filter {name!r}: no filter of the dashboard reaches this chart; leave --filter out"
    return f"filter {name!r} is none that reaches this chart; its filters: {', '.join(sorted(reaching))}"


def _write(native: NativeFilter, picked: list[str], queries: list[dict[str, Any]]) -> None:
    name = _name(native)
    if native.type in ONE_VALUE and len(picked) > 1:
        raise ChoiceRefused(f"filter {name!r} takes one value, and {len(picked)} are given")
    added: list[dict[str, Any]] = []
    match native.type:
        case "filter_select":
            added = [{"col": native.targets[0][1], "op": "IN", "val": picked}]
        case "filter_range":
            added = _between(name, native.targets[0][1], picked[0])
        case "filter_time" | "filter_timegrain":
            pass
        case other:
            raise ChoiceRefused(f"filter {name!r} is of type {other}, which cannot be given here")
    for query in queries:
        query["filters"] = [*(query.get("filters") or []), *copy.deepcopy(added)]
        if native.type == "filter_timegrain":
            query["extras"] = {**(query.get("extras") or {}), "time_grain_sqla": picked[0]}
        if native.type == "filter_time":
            query["time_range"] = picked[0]
            for saved in query["filters"]:
                if saved.get("op") == "TEMPORAL_RANGE":
                    saved["val"] = picked[0]


def _between(name: str, column: str, value: str) -> list[dict[str, Any]]:
    low, colon, high = (part.strip() for part in value.partition(":"))
    try:
        ends = [(op, float(end)) for op, end in ((">=", low), ("<=", high)) if end]
    except ValueError:
        ends = []
    if not colon or not ends or not all(math.isfinite(end) for _, end in ends):
        raise ChoiceRefused(f"filter {name!r} takes a range such as 50:70, 50: or :70, not {value!r}")
    return [{"col": column, "op": op, "val": end} for op, end in ends]
