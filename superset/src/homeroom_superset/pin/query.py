"""One query of a saved chart, with the guest's values in it."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from homeroom_superset.pin.filter_value import check_filters, filter_value
from homeroom_superset.pin.identity import (
    COLUMN_KEYS,
    METRIC_KEYS,
    column_identity,
    entries,
    metric_identity,
    metric_label,
    saved_columns,
    saved_metrics,
    saved_times,
)
from homeroom_superset.pin.kinds import Kind
from homeroom_superset.pin.paging import paging_of, search, steady
from homeroom_superset.pin.saved import SavedChart, SavedDashboard
from homeroom_superset.pin.values import row_limit, shown, time_range
from homeroom_superset.refusal import RequestRefused

# Read below, or rebuilt from the saved chart whatever the request says.
KNOWN_KEYS = frozenset(
    {
        *COLUMN_KEYS, *METRIC_KEYS,
        "annotation_layers", "applied_time_extras", "apply_fetch_values_predicate", "custom_form_data",
        "custom_params", "datasource", "extras", "filters", "granularity", "granularity_sqla",
        "group_others_when_limit_reached", "having", "is_rowcount", "is_timeseries", "order_desc", "orderby",
        "post_processing", "result_type", "row_limit", "row_offset", "series_limit", "since", "time_compare",
        "time_offsets", "time_range", "time_shift", "timeseries_limit", "until", "url_params", "where",
    }
)  # fmt: skip
TIME_COLUMN_KEYS = ("granularity", "granularity_sqla")
LISTED_KEYS = (*COLUMN_KEYS, *METRIC_KEYS, "time_offsets", "annotation_layers")
MOST_LISTED = 200
"""Columns or metrics of one query; a chart of so many is not drawn any more."""
GRAINS = frozenset(
    {"PT1S", "PT1M", "PT5M", "PT10M", "PT15M", "PT30M", "PT1H", "P1D", "P1W", "P1M", "P3M", "P1Y",
     "1969-12-28T00:00:00Z/P1W", "1969-12-29T00:00:00Z/P1W", "P1W/1970-01-03T00:00:00Z",
     "P1W/1970-01-04T00:00:00Z"}
)  # fmt: skip


class QueryPin:
    def __init__(
        self, dashboard: SavedDashboard, chart: SavedChart, queries: list[dict[str, Any]], most: int
    ) -> None:
        self._dashboard = dashboard
        self._chart = chart
        self._queries = queries
        self._most = most
        self._columns = saved_columns(queries)
        self._metrics = saved_metrics(queries)
        self._paging = paging_of(chart, self._columns, most)
        self._kinds = dashboard.kinds.get(chart.dataset_id, {})

    def pin(self, asked: Mapping[str, Any], index: int) -> dict[str, Any]:
        self._refuse_strangers(asked)
        pinned = self._base(asked, index)
        self._take_time_column(asked, pinned)
        self._take_filters(asked, pinned)
        self._take_time(asked, pinned)
        self._take_order(asked, pinned)
        self._take_page(asked, pinned)
        return pinned

    def _base(self, asked: Mapping[str, Any], index: int) -> dict[str, Any]:
        pinned = copy.deepcopy(self._queries[index if index < len(self._queries) else 0])
        pinned.pop("url_params", None)
        if bool(asked.get("is_rowcount")) != bool(pinned.get("is_rowcount")):
            if self._paging is None or not asked.get("is_rowcount"):
                raise RequestRefused("a row count is open only to tables that page on the server")
            pinned |= {"is_rowcount": True, "row_offset": 0, "post_processing": []}
        elif index >= len(self._queries):
            if not self._chart.params.get("show_totals") or entries(asked.get("columns")):
                raise RequestRefused(f"query {index + 1} is more than the saved chart asks")
            pinned |= {"columns": [], "row_limit": 0, "row_offset": 0, "post_processing": [], "orderby": []}
        return pinned

    def _refuse_strangers(self, asked: Mapping[str, Any]) -> None:
        if unknown := sorted(set(asked) - KNOWN_KEYS):
            raise RequestRefused(f"query member {shown(unknown[0])} is not accepted from a guest")
        for key in LISTED_KEYS:
            if len(entries(asked.get(key))) > MOST_LISTED:
                raise RequestRefused(f"{key} lists more than {MOST_LISTED} entries")
        for key in COLUMN_KEYS:
            for column in entries(asked.get(key)):
                if column_identity(column) not in self._columns:
                    raise RequestRefused(f"column {shown(column_identity(column))} is not in the saved chart")
        known = {metric_identity(m) for m in self._metrics}
        for key in METRIC_KEYS:
            for metric in entries(asked.get(key)):
                if metric_identity(metric) not in known:
                    raise RequestRefused(f"metric {shown(metric)} is not in the saved chart")
        if asked.get("result_type") not in (None, "full"):
            raise RequestRefused(f"result_type {shown(asked.get('result_type'))} is not open to guests")
        for key in ("where", "having"):
            if asked.get(key):
                raise RequestRefused(f"{key}: free SQL is not accepted from a guest")
        self._refuse_extras(asked.get("extras") or {})
        offsets = {shown(o) for q in self._queries for o in entries(q.get("time_offsets"))}
        for offset in entries(asked.get("time_offsets")):
            if shown(offset) not in offsets:
                raise RequestRefused(f"time offset {shown(offset)} is not in the saved chart")
        for key in (*TIME_COLUMN_KEYS, "time_shift", "series_limit", "timeseries_limit"):
            value = asked.get(key)
            saved = [q.get(key) for q in self._queries]
            if key in TIME_COLUMN_KEYS and self._dashboard.offers_time_column(value, self._chart):
                continue
            if value and value not in saved:
                raise RequestRefused(f"{key} {shown(value)} is not what the saved chart asks")
        for layer in entries(asked.get("annotation_layers")):
            if layer not in [saved for q in self._queries for saved in entries(q.get("annotation_layers"))]:
                raise RequestRefused("annotation layers of the request are not in the saved chart")

    def _refuse_extras(self, extras: Any) -> None:
        if not isinstance(extras, Mapping):
            raise RequestRefused(f"extras is {shown(extras)}; it must be an object")
        for key, value in extras.items():
            saved = [(q.get("extras") or {}).get(key) for q in self._queries]
            if not value or value in saved:
                continue
            if key == "time_grain_sqla" and self._takes_grain(value):
                continue
            if key in ("where", "having"):
                raise RequestRefused(f"extras.{key}: free SQL is not accepted from a guest")
            raise RequestRefused(f"extras.{shown(key)} is not what the saved chart asks")

    def _takes_grain(self, value: Any) -> bool:
        return self._dashboard.declares("filter_timegrain") and isinstance(value, str) and value in GRAINS

    def _take_time_column(self, asked: Mapping[str, Any], pinned: dict[str, Any]) -> None:
        """Superset moves the chart's axis and its time ranges to the column that `granularity` names."""
        for key in TIME_COLUMN_KEYS:
            if self._dashboard.offers_time_column(asked.get(key), self._chart):
                pinned["granularity"] = asked[key]

    def _take_filters(self, asked: Mapping[str, Any], pinned: dict[str, Any]) -> None:
        columns = self._dashboard.filter_columns()
        times = saved_times([*self._queries, pinned]) if self._dashboard.declares("filter_time") else ()
        searches: list[Any] = []
        filters: list[Any] = []
        for entry in entries(asked.get("filters")):
            searched = self._paging is not None and self._paging.searches(entry)
            (searches if searched else filters).append(entry)
        if len(searches) > 1:
            raise RequestRefused(f"{len(searches)} searches in one table; it offers one")
        pinned["filters"] = [
            *pin_filters(
                filters,
                entries(pinned.get("filters")),
                columns,
                columns.union(times),
                self._kinds,
                self._dashboard.filter_expressions(),
            ),
            *map(search, searches),
        ]

    def _take_time(self, asked: Mapping[str, Any], pinned: dict[str, Any]) -> None:
        value = asked.get("time_range")
        if value and value != pinned.get("time_range"):
            temporal = any(f.get("op") == "TEMPORAL_RANGE" for f in pinned["filters"])
            if not (self._dashboard.declares("filter_time") or temporal or pinned.get("time_range")):
                raise RequestRefused("the dashboard declares no time range")
            pinned["time_range"] = time_range(value, "time_range")
        grain = (asked.get("extras") or {}).get("time_grain_sqla")
        if grain and grain != (pinned.get("extras") or {}).get("time_grain_sqla"):
            pinned["extras"] = {**(pinned.get("extras") or {}), "time_grain_sqla": grain}
            for column in entries(pinned.get("columns")):
                if isinstance(column, dict) and column.get("columnType") == "BASE_AXIS":
                    column["timeGrain"] = grain

    def _take_order(self, asked: Mapping[str, Any], pinned: dict[str, Any]) -> None:
        terms = entries(asked.get("orderby") or None)
        saved_terms = {shown(term[0]): term[0] for q in self._queries for term in entries(q.get("orderby"))}
        if len(terms) > (most := len(self._columns) + len(self._metrics) + len(saved_terms)):
            raise RequestRefused(f"{len(terms)} terms in orderby; this chart has {most} to sort by")
        if not terms or asked.get("is_rowcount") or not pinned.get("columns", True):
            return
        by_label = {metric_label(m): m for m in self._metrics}
        by_metric = {metric_identity(m): m for m in self._metrics}
        order: list[list[Any]] = []
        for term in terms:
            if not isinstance(term, list) or len(term) != 2 or not isinstance(term[1], bool):
                raise RequestRefused(f"orderby {shown(term)} is not a pair of a column and true or false")
            by, ascending = term
            if shown(by) in saved_terms:
                found = saved_terms[shown(by)]
            elif isinstance(by, str) and by in by_label:
                found = by_label[by]
            elif isinstance(by, str) and by in self._columns:
                found = by
            elif isinstance(by, Mapping) and metric_identity(by) in by_metric:
                found = by_metric[metric_identity(by)]
            else:
                raise RequestRefused(f"order by {shown(by)} is not a column or metric of the saved chart")
            order.append([found, ascending])
        if self._paging is not None and len(order) > 1 and order != pinned.get("orderby"):
            raise RequestRefused("a table that pages on the server is sorted by one column")
        pinned["orderby"] = order

    def _take_page(self, asked: Mapping[str, Any], pinned: dict[str, Any]) -> None:
        if self._paging is not None and pinned.get("is_rowcount"):
            pinned["row_limit"] = self._paging.rows
            return
        if self._paging is not None and pinned.get("columns"):
            pinned |= self._paging.page(asked)
            pinned["orderby"] = steady(
                entries(pinned.get("orderby")), entries(self._queries[0].get("orderby")), pinned["columns"]
            )
            return
        most = min(self._most, pinned.get("row_limit") or self._most)
        if asked.get("row_limit") is not None:
            limit = row_limit(asked["row_limit"], most)
            if pinned.get("row_limit") != 0:
                pinned["row_limit"] = limit or most
        elif pinned.get("row_limit") != 0:
            pinned["row_limit"] = most
        if asked.get("row_offset"):
            raise RequestRefused("paging is open only to tables that page on the server")


def pin_filters(
    asked: list[Any],
    saved: list[dict[str, Any]],
    columns: frozenset[str],
    times: frozenset[str],
    kinds: Mapping[str, Kind],
    expressions: Mapping[tuple[str, str], Mapping[str, str]] = MappingProxyType({}),
) -> list[dict[str, Any]]:
    """Values for saved filters, for `columns` and `expressions`, and time ranges for `times`."""
    check_filters(asked)
    pinned = copy.deepcopy(saved)
    known = {(shown(f.get("col")), shown(f.get("op")), shown(f.get("val"))) for f in saved}
    for entry in asked:
        if not isinstance(entry, Mapping):
            raise RequestRefused(f"filter {shown(entry)} is not an object")
        column, op, value = entry.get("col"), str(entry.get("op")).upper(), entry.get("val")
        if (shown(column), shown(entry.get("op")), shown(value)) in known:
            continue
        if not isinstance(column, str):
            saved_column = _saved_expression(column, expressions)
            place = f"filter on {saved_column['label']!r}"
            pinned.append(
                {"col": saved_column, "op": op, "val": filter_value(op, value, place, Kind.UNKNOWN)}
            )
            continue
        if op == "TEMPORAL_RANGE":
            _take_range(pinned, column, time_range(value, f"filter on {column!r}"), times)
            continue
        if column not in columns:
            raise RequestRefused(f"filter on {shown(column)}: the dashboard declares no such filter")
        kind = kinds.get(column, Kind.UNKNOWN)
        pinned.append(
            {"col": column, "op": op, "val": filter_value(op, value, f"filter on {column!r}", kind)}
        )
    return pinned


def _saved_expression(
    column: Any, expressions: Mapping[tuple[str, str], Mapping[str, str]]
) -> dict[str, str]:
    """Returns the dimension of a saved chart that a click filters by, equal in label and expression."""
    asked = (column.get("label"), column.get("sqlExpression")) if isinstance(column, Mapping) else ()
    for known, saved in expressions.items():
        if asked == known:
            return dict(saved)
    raise RequestRefused(
        "a filter on an expression is accepted from a guest only where a chart of the dashboard groups by it"
    )


def _take_range(pinned: list[dict[str, Any]], column: str, value: str, times: frozenset[str]) -> None:
    for saved in pinned:
        if saved.get("col") == column and saved.get("op") == "TEMPORAL_RANGE":
            saved["val"] = value
            return
    if column not in times:
        raise RequestRefused(
            f"time range on {shown(column)}: the dashboard declares no such filter, the chart no such time"
        )
    pinned.append({"col": column, "op": "TEMPORAL_RANGE", "val": value})
