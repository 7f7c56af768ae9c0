"""Charts with an x axis: lines, bars, areas, points, two of them in one, and a number with its trend."""

from __future__ import annotations

from homeroom_superset.content.queries import operations
from homeroom_superset.content.queries.base import FormData, Query, as_list, axis, base


def _order(form: FormData, query: Query) -> Query:
    """Returns the order: the one that the form names, or else the limiting metric, or else the first
    metric."""
    if query.get("orderby"):
        return {"orderby": query["orderby"]}
    metrics = query.get("metrics") or []
    first = (
        query.get("series_limit_metric") or form.get("legacy_order_by") or (metrics[0] if metrics else None)
    )
    return {} if first is None else {"orderby": [[first, not query["order_desc"]]]}


def series(form: FormData) -> list[Query]:
    operations.refuse_analytics(form)
    groupby = as_list(form.get("groupby"))
    query = base(form)
    query["metrics"] = [*query.get("metrics", []), *operations.sorting_metrics(form)]
    query |= {"columns": [*axis(form), *groupby], "series_columns": groupby, "time_offsets": []}
    if not axis(form):
        query["is_timeseries"] = True
    query |= _order(form, query)
    query["post_processing"] = [
        *operations.pivot(form, query),
        *operations.rolling(form, query),
        *operations.resample(form),
        *operations.rename(form, query),
        *operations.shares(form),
        *operations.sort(form),
        operations.FLATTEN,
    ]
    return [query]


def mixed(form: FormData) -> list[Query]:
    """Returns two queries: A from the plain members of the form, B from those in _b where they exist."""
    second = {name: value for name, value in form.items() if not name.endswith("_b")}
    second |= {name[:-2]: value for name, value in form.items() if name.endswith("_b")}
    first = {name: value for name, value in form.items() if not name.endswith("_b")}
    return [_half(part, form) for part in (first, second)]


def _half(form: FormData, whole: FormData) -> Query:
    operations.refuse_analytics(form)
    groupby = as_list(form.get("groupby"))
    query = base(form)
    query |= {"columns": [*axis(whole), *groupby], "series_columns": groupby, "time_offsets": []}
    if not axis(whole):
        query["is_timeseries"] = True
    query["post_processing"] = [
        *operations.pivot(form, query),
        *operations.rolling(form, query),
        *operations.resample(form),
        *operations.rename(form, query),
        operations.FLATTEN,
    ]
    ordered = _order(form, query)
    if not query.get("orderby"):
        for name in ("series_limit_metric", "order_desc"):
            query.pop(name, None)
    return query | ordered


def number_with_trend(form: FormData) -> list[Query]:
    operations.refuse_analytics(form)
    plain = base(form)
    query = {**plain, "columns": axis(form)}
    if not axis(form):
        query["is_timeseries"] = True
    query["post_processing"] = [
        *operations.pivot(form, {**plain, "columns": []}),
        *operations.rolling(form, plain),
        *operations.resample(form),
        operations.FLATTEN,
    ]
    if form.get("aggregation") != "raw":
        return [query]
    return [query, {**plain, "columns": [], "is_timeseries": False, "post_processing": []}]
