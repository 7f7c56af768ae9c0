"""The parts of a query that every chart type shares: fields, filters and the x axis."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from homeroom_superset.refusal import ExpectedError

FormData = Mapping[str, Any]
Query = dict[str, Any]

# The field of the form that fills each member of the query.
FIELDS = {
    "metric": "metrics", "metrics": "metrics", "metric_2": "metrics", "secondary_metric": "metrics",
    "x": "metrics", "y": "metrics", "size": "metrics",
    "columns": "columns", "all_columns": "columns", "groupby": "columns", "series": "columns",
    "order_by_cols": "orderby", "orderby": "orderby",
}  # fmt: skip
AGGREGATED = frozenset(
    {"metric", "metrics", "metric_2", "secondary_metric", "x", "y", "size", "groupby", "series"}
)
UNARY = frozenset({"IS NULL", "IS NOT NULL", "IS TRUE", "IS FALSE"})


class QueryUnknown(ExpectedError):
    """Raised when the front end's query for the form data is unknown; the message says what to do."""


def as_list(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]


def label(item: Any) -> str:
    """Returns the name that Superset gives a column or a metric in an answer."""
    if isinstance(item, str):
        return item
    if not isinstance(item, Mapping):
        raise QueryUnknown(f"a column or metric is {type(item).__name__}; it has to be a name or an object")
    if item.get("label"):
        return str(item["label"])
    column = item.get("column")
    name = column.get("column_name") if isinstance(column, Mapping) else None
    if name:
        return f"{item.get('aggregate')}({name})"
    return str(item.get("sqlExpression", ""))


def _once(items: Iterable[Any]) -> list[Any]:
    found: dict[str, Any] = {}
    for item in items:
        if item != "":
            found.setdefault(label(item), item)
    return list(found.values())


def base(form: FormData) -> Query:
    """Returns the part of a query that is the same for every chart type."""
    columns, metrics, orderby = _fields(form)
    query: Query = {
        **_filters(form),
        "applied_time_extras": {},
        "columns": columns,
        "annotation_layers": form.get("annotation_layers") or [],
        "series_limit": form.get("series_limit") or _number(form.get("limit")) or 0,
        "group_others_when_limit_reached": bool(form.get("group_others_when_limit_reached")),
        "order_desc": form.get("order_desc", True),
        "url_params": form.get("url_params") or {},
        "custom_params": form.get("custom_params") or {},
        "custom_form_data": {},
    }
    optional = {
        "metrics": metrics,
        "orderby": orderby,
        "row_limit": _number(form.get("row_limit")),
        "row_offset": _number(form.get("row_offset")),
        "time_range": form.get("time_range") or None,
        "granularity": form.get("granularity") or form.get("granularity_sqla"),
        "series_columns": form.get("series_columns"),
        "series_limit_metric": form.get("series_limit_metric") or form.get("timeseries_limit_metric"),
    }
    return query | {name: value for name, value in optional.items() if value is not None}


def _number(value: Any) -> int | None:
    try:
        return None if value is None or value == "" else int(value)
    except (TypeError, ValueError) as error:
        raise QueryUnknown(f"a limit is {value!r}; it has to be a whole number") from error


def _fields(form: FormData) -> tuple[list[Any], list[Any] | None, list[Any] | None]:
    raw = form.get("query_mode") == "raw"
    found: dict[str, list[Any]] = {"columns": [], "metrics": [], "orderby": []}
    for name, value in form.items():
        if name not in FIELDS or value is None:
            continue
        if raw and name in AGGREGATED:
            continue
        if (
            form.get("query_mode") == "aggregate"
            and FIELDS[name] == "columns"
            and name in ("columns", "all_columns")
        ):
            continue
        found[FIELDS[name]] += as_list(value)
    orderby = [
        json.loads(term) if isinstance(term, str) and term[:1] == "[" else term for term in found["orderby"]
    ]
    return _once(found["columns"]), None if raw else _once(found["metrics"]), orderby or None


def _filters(form: FormData) -> Query:
    filters: list[dict[str, Any]] = []
    texts: dict[str, list[str]] = {"WHERE": [], "HAVING": []}
    for item in form.get("adhoc_filters") or []:
        clause = str(item.get("clause") or "WHERE").upper()
        if item.get("expressionType") == "SQL" or clause == "HAVING":
            texts.setdefault(clause, []).append(_in_parentheses(str(item.get("sqlExpression") or "")))
        elif item.get("operator") in UNARY:
            filters.append({"col": item["subject"], "op": item["operator"]})
        else:
            filters.append({"col": item["subject"], "op": item["operator"], "val": item.get("comparator")})
    extras: dict[str, Any] = {"having": " AND ".join(texts["HAVING"]), "where": " AND ".join(texts["WHERE"])}
    if grain := form.get("time_grain_sqla"):
        extras["time_grain_sqla"] = grain
    return {"filters": filters, "extras": extras}


def _in_parentheses(sql: str) -> str:
    # A comment in the SQL would hide the closing parenthesis.
    return f"({sql}\n)" if "--" in sql else f"({sql})"


def axis(form: FormData) -> list[Any]:
    """Returns the x axis as a column expression, if the chart has one. A plain name would lose its time
    grain."""
    given = form.get("x_axis")
    if not given:
        return []
    if isinstance(given, str):
        column: dict[str, Any] = {
            "columnType": "BASE_AXIS",
            "sqlExpression": given,
            "label": given,
            "expressionType": "SQL",
            "isColumnReference": True,
        }
    else:
        column = {**given, "columnType": "BASE_AXIS"}
    if grain := form.get("time_grain_sqla"):
        column["timeGrain"] = grain
    return [column]


def with_grain(column: Any, form: FormData) -> Any:
    """Returns a column, with the chart's time grain when it is a column of time beside an axis."""
    grain = form.get("time_grain_sqla")
    temporal = form.get("temporal_columns_lookup") or {}
    is_time = isinstance(column, str) and (temporal.get(column) or form.get("granularity_sqla") == column)
    if not grain or not is_time:
        return column
    return {
        "timeGrain": grain,
        "columnType": "BASE_AXIS",
        "sqlExpression": column,
        "label": column,
        "expressionType": "SQL",
    }


def by_metric(form: FormData) -> Query:
    """Returns the order by the metric, largest first, when the form asks for it."""
    return {"orderby": [[form["metric"], False]]} if form.get("sort_by_metric") and form.get("metric") else {}
