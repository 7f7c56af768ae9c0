"""Charts of a whole and its parts, of single numbers and of distributions."""

from __future__ import annotations

from typing import Any

from homeroom_superset.content.queries import operations
from homeroom_superset.content.queries.base import (
    FormData,
    Query,
    QueryUnknown,
    as_list,
    axis,
    base,
    by_metric,
    label,
    with_grain,
)


def plain(form: FormData) -> list[Query]:
    return [base(form)]


def largest_first(form: FormData) -> list[Query]:
    return [base(form) | by_metric(form)]


def pie(form: FormData) -> list[Query]:
    metric = label(form["metric"])
    share = {"columns": [metric], "rename_columns": [f"{metric}__contribution"]}
    return [
        base(form) | by_metric(form) | {"post_processing": [{"operation": "contribution", "options": share}]}
    ]


def _limited(form: FormData, terms: list[Any]) -> Query:
    """Returns the order by the metric. Without an order, a limit would select other rows each time."""
    return {"orderby": terms} if form.get("row_limit") and terms else {}


def _each(form: FormData, names: list[Any]) -> list[Any]:
    first = [[form["metric"], False]] if form.get("sort_by_metric") and form.get("metric") else []
    return [*first, *([name, True] for name in names if isinstance(name, str) and name)]


def treemap(form: FormData) -> list[Query]:
    return [base(form) | _limited(form, _each(form, as_list(form.get("groupby"))))]


def words(form: FormData) -> list[Query]:
    return [base(form) | _limited(form, _each(form, [form.get("series")]))]


def flows(form: FormData) -> list[Query]:
    ends = [form["source"], form["target"]]
    # The front end puts these names into a field that Superset reads as columns.
    return [base(form) | {"groupby": ends} | _limited(form, _each(form, ends))]


def radar(form: FormData) -> list[Query]:
    query = base(form)
    by = as_list(form.get("series_limit_metric")) or query.get("metrics", [])
    return [query | ({"orderby": [[by[0], False]]} if by else {})]


def waterfall(form: FormData) -> list[Query]:
    across = form.get("x_axis") or form.get("granularity_sqla")
    names = [*as_list(across), *as_list(form.get("groupby"))]
    columns = [*(axis(form) or as_list(across)), *as_list(form.get("groupby"))]
    return [base(form) | {"columns": columns, "orderby": [[name, True] for name in names]}]


def heatmap(form: FormData) -> list[Query]:
    across, up, metric = form["x_axis"], as_list(form.get("groupby")), form["metric"]
    orders = ((form.get("sort_x_axis"), across), (form.get("sort_y_axis"), (up or [None])[0]))
    orderby = [[metric if "value" in how else column, "asc" in how] for how, column in orders if how]
    group = {"x": across, "y": form.get("groupby")}.get(str(form.get("normalize_across")))
    options = {"metric": metric} | ({"group_by": label(as_list(group)[0])} if group else {})
    rank = {"operation": "rank", "options": options}
    return [base(form) | {"columns": [*axis(form), *up], "orderby": orderby, "post_processing": [rank]}]


def histogram(form: FormData) -> list[Query]:
    if not form.get("column"):
        raise QueryUnknown("the histogram names no column; set params.column")
    query = base(form)
    query.pop("metrics", None)
    columns = [*as_list(form.get("groupby")), form["column"]]
    return [query | {"columns": columns, "post_processing": operations.histogram(form)}]


def box_plot(form: FormData) -> list[Query]:
    query = base(form)
    spread = as_list(form.get("columns")) or as_list(form.get("granularity_sqla"))
    groupby = as_list(form.get("groupby"))
    columns = [*(with_grain(column, form) for column in spread), *groupby]
    return [
        query
        | {"columns": columns, "series_columns": groupby, "post_processing": operations.boxplot(form, query)}
    ]


def bubble(form: FormData) -> list[Query]:
    query = base(form)
    order = query.pop("orderby", None)
    query["columns"] = [*as_list(form.get("entity")), *as_list(form.get("series"))]
    return [query | ({"orderby": [[order[0], not query["order_desc"]]]} if order else {})]
