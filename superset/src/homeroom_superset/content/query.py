"""The query context that Superset's front end sends for a chart's form data.

Guests may run nothing but the saved context, so it has to say what the browser will ask; a browser test
compares the two.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homeroom_superset.content.queries import parts, series, tables
from homeroom_superset.content.queries.base import FormData, Query, QueryUnknown

__all__ = ["BUILDERS", "QueryUnknown", "query_context"]

BUILDERS: Mapping[str, Callable[[FormData], list[Query]]] = {
    "big_number": series.number_with_trend,
    "big_number_total": parts.plain,
    "box_plot": parts.box_plot,
    "bubble_v2": parts.bubble,
    "echarts_area": series.series,
    "echarts_timeseries": series.series,
    "echarts_timeseries_bar": series.series,
    "echarts_timeseries_line": series.series,
    "echarts_timeseries_scatter": series.series,
    "echarts_timeseries_smooth": series.series,
    "echarts_timeseries_step": series.series,
    "funnel": parts.largest_first,
    "gauge_chart": parts.largest_first,
    "heatmap_v2": parts.heatmap,
    "histogram_v2": parts.histogram,
    "mixed_timeseries": series.mixed,
    "pie": parts.pie,
    "pivot_table_v2": tables.pivot_table,
    "radar": parts.radar,
    "sankey_v2": parts.flows,
    "sunburst_v2": parts.largest_first,
    "table": tables.table,
    "treemap_v2": parts.treemap,
    "waterfall": parts.waterfall,
    "word_cloud": parts.words,
}


def query_context(form: FormData, dataset_id: int) -> dict[str, Any]:
    """Returns the query context. Raises QueryUnknown for an unknown chart type or option."""
    kind = str(form.get("viz_type"))
    if kind not in BUILDERS:
        raise QueryUnknown(f"chart type {kind!r} is not known; known are {', '.join(BUILDERS)}")
    try:
        queries = BUILDERS[kind](form)
    except KeyError as missing:
        raise QueryUnknown(f"chart type {kind} needs {missing.args[0]!r} in its form data") from missing
    return {
        "datasource": {"id": dataset_id, "type": "table"},
        "force": False,
        "queries": queries,
        "form_data": {**form, "force": False, "result_format": "json", "result_type": "full"},
        "result_format": "json",
        "result_type": "full",
    }
