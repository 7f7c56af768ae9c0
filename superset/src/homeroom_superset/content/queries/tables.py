"""Tables: rows, sums with a line of totals, pages from the server, and pivot tables."""

from __future__ import annotations

import json
from typing import Any

from homeroom_superset.content.queries import operations
from homeroom_superset.content.queries.base import FormData, Query, as_list, base, label, with_grain


def table(form: FormData) -> list[Query]:
    operations.refuse_analytics(form)
    is_raw = form.get("query_mode") == "raw" or (form.get("query_mode") is None and form.get("all_columns"))
    query = _raw(form) if is_raw else _sums(form)
    totals = [] if is_raw or not form.get("show_totals") or not query["metrics"] else [_totals(query)]
    if not form.get("server_pagination"):
        return [query, *totals]
    page = {"row_limit": form.get("server_page_length", 10), "row_offset": 0}
    counted = {**query, "row_limit": int(form.get("row_limit") or 0), "row_offset": 0, "is_rowcount": True}
    return [{**query, **page}, counted, *totals]


def _raw(form: FormData) -> Query:
    query = base({**form, "query_mode": "raw"})
    orderby = [
        json.loads(term) if isinstance(term, str) else term for term in as_list(form.get("order_by_cols"))
    ]
    return query | {"orderby": orderby, "post_processing": [], "time_offsets": []}


def _sums(form: FormData) -> Query:
    query = base({**form, "query_mode": "aggregate"})
    metrics = query.get("metrics", [])
    limit = as_list(form.get("timeseries_limit_metric"))
    if limit:
        query["orderby"] = [[limit[0], not form.get("order_desc", False)]]
    elif metrics:
        query["orderby"] = [[metrics[0], False]]
    shares = as_list(form.get("percent_metrics"))
    names = [label(metric) for metric in shares]
    known = {label(metric) for metric in metrics}
    query["metrics"] = [*metrics, *(metric for metric in shares if label(metric) not in known)]
    query["columns"] = _grained(query["columns"], form)
    share: dict[str, Any] = {"columns": names, "rename_columns": [f"%{name}" for name in names]}
    processing = [{"operation": "contribution", "options": share}] if shares else []
    return query | {"post_processing": processing, "time_offsets": []}


def _grained(columns: list[Any], form: FormData) -> list[Any]:
    """Returns the columns, with the first column of time that has a grain at the front."""
    for index, column in enumerate(columns):
        cut = with_grain(column, {**form, "granularity_sqla": None})
        if cut is not column:
            return [cut, *columns[:index], *columns[index + 1 :]]
    return columns


def _totals(query: Query) -> Query:
    kept = {name: value for name, value in query.items() if name not in ("order_desc", "orderby")}
    return {**kept, "columns": [], "row_limit": 0, "row_offset": 0, "post_processing": []}


def pivot_table(form: FormData) -> list[Query]:
    operations.refuse_analytics(form)
    query = base(form)
    names: dict[str, Any] = {}
    for column in [*as_list(form.get("groupbyColumns")), *as_list(form.get("groupbyRows"))]:
        names.setdefault(label(column), column)
    query["columns"] = [with_grain(column, form) for column in names.values()]
    by = as_list(query.get("series_limit_metric")) or query.get("metrics", [])
    return [query | ({"orderby": [[by[0], not query["order_desc"]]]} if by else {})]
