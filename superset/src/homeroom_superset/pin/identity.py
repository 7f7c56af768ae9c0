"""The identity of a column or metric: what it computes, however a payload writes it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from homeroom_superset.pin.values import shown
from homeroom_superset.refusal import RequestRefused

COLUMN_KEYS = ("columns", "groupby", "series_columns")
METRIC_KEYS = ("metrics", "series_limit_metric", "timeseries_limit_metric")


def entries(value: Any) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def column_identity(column: Any) -> str:
    """The same column is text in one payload and an axis object in the next; its expression is its name."""
    if isinstance(column, str):
        return column
    if isinstance(column, Mapping):
        named = column.get("sqlExpression") or column.get("column_name")
        if isinstance(named, str):
            return named
    raise RequestRefused(f"column {shown(column)} is not one that Superset sends")


def metric_identity(metric: Any) -> tuple[str, ...]:
    if isinstance(metric, str):
        return ("saved", metric)
    if isinstance(metric, Mapping):
        if metric.get("expressionType") == "SIMPLE":
            column = metric.get("column")
            name = column.get("column_name") if isinstance(column, Mapping) else None
            return ("simple", str(metric.get("aggregate")), str(name))
        if metric.get("expressionType") == "SQL":
            return ("sql", str(metric.get("sqlExpression")))
        if isinstance(metric.get("label"), str):
            return ("saved", metric["label"])
    raise RequestRefused(f"metric {shown(metric)} is not one that Superset sends")


def metric_label(metric: Any) -> str | None:
    label = (
        metric if isinstance(metric, str) else metric.get("label") if isinstance(metric, Mapping) else None
    )
    return label if isinstance(label, str) else None


def saved_columns(queries: Iterable[Mapping[str, Any]]) -> set[str]:
    return {column_identity(c) for q in queries for key in COLUMN_KEYS for c in entries(q.get(key))}


def saved_times(queries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Columns of time that the chart itself asks by."""
    for query in queries:
        if isinstance(query.get("granularity"), str):
            yield query["granularity"]
        for column in entries(query.get("columns")):
            if isinstance(column, Mapping) and column.get("columnType") == "BASE_AXIS":
                yield column_identity(column)


def saved_metrics(queries: Iterable[Mapping[str, Any]]) -> list[Any]:
    return [m for q in queries for key in METRIC_KEYS for m in entries(q.get(key))]
