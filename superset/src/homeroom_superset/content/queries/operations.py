"""The post-processing that Superset applies to a query's rows before the front end draws them."""

from __future__ import annotations

import re
from typing import Any

from homeroom_superset.content.queries.base import FormData, Query, QueryUnknown, as_list, label

Operation = dict[str, Any]
PERCENTILES = re.compile(r"(\d+)/(\d+) percentiles")
FLATTEN: Operation = {"operation": "flatten"}


def refuse_analytics(form: FormData) -> None:
    """Raises QueryUnknown for forecasts and comparisons with another time, which only the front end knows."""
    if form.get("forecastEnabled"):
        raise QueryUnknown(
            "the chart asks for a forecast; save it once in the studio, so that its query is stored"
        )
    if as_list(form.get("time_compare")):
        raise QueryUnknown(
            "the chart compares with another time; save it once in the studio, so that its query is stored"
        )


def pivot(form: FormData, query: Query) -> list[Operation]:
    metrics = [label(metric) for metric in [*query.get("metrics", []), *sorting_metrics(form)]]
    if not form.get("x_axis") or not metrics:
        return []
    # An empty list of series counts as given, as in the front end's JavaScript.
    series = query["series_columns"] if query.get("series_columns") is not None else query["columns"]
    return [
        {
            "operation": "pivot",
            "options": {
                "index": [label(form["x_axis"])],
                "columns": [label(column) for column in as_list(series)],
                "aggregates": {metric: {"operator": "mean"} for metric in metrics},
                "drop_missing_columns": not form.get("show_empty_columns"),
            },
        }
    ]


def sorting_metrics(form: FormData) -> list[Any]:
    """Returns the metric by which an x axis is sorted, when the chart does not draw that metric."""
    limit = (as_list(form.get("timeseries_limit_metric")) or [None])[0]
    drawn = [label(metric) for metric in as_list(form.get("metrics"))]
    wanted = form.get("x_axis_sort")
    if as_list(form.get("groupby")) or not limit or label(limit) != wanted or wanted in drawn:
        return []
    return [limit]


def rolling(form: FormData, query: Query) -> list[Operation]:
    columns = {label(metric): label(metric) for metric in query.get("metrics", [])}
    kind = form.get("rolling_type")
    if kind == "cumsum":
        return [{"operation": "cum", "options": {"operator": "sum", "columns": columns}}]
    if kind not in ("sum", "mean", "std"):
        return []
    options = {
        "rolling_type": kind,
        "window": int(form.get("rolling_periods") or 1),
        "min_periods": int(form.get("min_periods") or 0),
        "columns": columns,
    }
    return [{"operation": "rolling", "options": options}]


def resample(form: FormData) -> list[Operation]:
    method, rule = form.get("resample_method"), form.get("resample_rule")
    if not method or not rule:
        return []
    zero = method == "zerofill"
    options = {"method": "asfreq" if zero else method, "rule": rule, "fill_value": 0 if zero else None}
    return [{"operation": "resample", "options": options}]


def rename(form: FormData, query: Query) -> list[Operation]:
    """Renames the series of a single metric, whose name would otherwise precede each series' name."""
    metrics = query.get("metrics", [])
    series = query["series_columns"] if query.get("series_columns") is not None else query["columns"]
    if not form.get("x_axis") or not form.get("truncate_metric") or len(metrics) != 1 or not as_list(series):
        return []
    return [
        {
            "operation": "rename",
            "options": {"columns": {label(metrics[0]): None}, "level": 0, "inplace": True},
        }
    ]


def shares(form: FormData) -> list[Operation]:
    mode = form.get("contributionMode")
    return (
        [{"operation": "contribution", "options": {"orientation": mode, "time_shifts": []}}] if mode else []
    )


def sort(form: FormData) -> list[Operation]:
    by, ascending = form.get("x_axis_sort"), form.get("x_axis_sort_asc")
    if by is None or ascending is None or as_list(form.get("groupby")):
        return []
    axis = label(form["x_axis"])
    known = [axis, *(label(metric) for metric in [*as_list(form.get("metrics")), *sorting_metrics(form)])]
    if by not in known:
        return []
    if by == axis:
        return [{"operation": "sort", "options": {"is_sort_index": True, "ascending": ascending}}]
    return [{"operation": "sort", "options": {"by": by, "ascending": ascending}}]


def boxplot(form: FormData, query: Query) -> list[Operation]:
    wanted = form.get("whiskerOptions")
    if not wanted:
        return []
    options: dict[str, Any] = {}
    if wanted == "Tukey":
        options["whisker_type"] = "tukey"
    elif wanted == "Min/max (no outliers)":
        options["whisker_type"] = "min/max"
    elif found := PERCENTILES.fullmatch(str(wanted)):
        options |= {"whisker_type": "percentile", "percentiles": [int(found[1]), int(found[2])]}
    else:
        raise QueryUnknown(
            f"whiskerOptions is {wanted!r}; use Tukey, Min/max (no outliers) or 2/98 percentiles"
        )
    options["groupby"] = [label(column) for column in as_list(form.get("groupby"))]
    options["metrics"] = [label(metric) for metric in query.get("metrics", [])]
    return [{"operation": "boxplot", "options": options}]


def histogram(form: FormData) -> list[Operation]:
    try:
        bins = int(form.get("bins", 5))
    except (TypeError, ValueError):
        bins = 5
    options: dict[str, Any] = {
        "column": label(form["column"]),
        "groupby": [label(column) for column in as_list(form.get("groupby"))],
        "bins": bins,
    }
    options |= {name: form[name] for name in ("cumulative", "normalize") if name in form}
    return [{"operation": "histogram", "options": options}]
