"""Superset's form data of a chart: what its author would have set in Explore."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from homeroom_superset.content.described import Chart

FormData = dict[str, Any]
ROW_LIMIT = 10_000
GRAINS = {"week": "P1W", "month": "P1M", "quarter": "P3M"}
DATES = {"week": "%d %b %y", "month": "%b %y", "quarter": "%b %y"}
VIZ_TYPES = {
    "number": "big_number_total",
    "gauge": "gauge_chart",
    "line": "echarts_timeseries_line",
    "bar": "echarts_timeseries_bar",
    "table": "table",
    "heatmap": "heatmap_v2",
}


def form_data(chart: Chart) -> FormData:
    """Returns the form data without datasource and chart id, which only an installation knows."""
    kind = chart.file["type"]
    if kind == "superset":
        return {
            "adhoc_filters": [_whole_time(chart.dataset.time_column)],
            "extra_form_data": {},
            "color_scheme": "supersetColors",
            "row_limit": ROW_LIMIT,
            **chart.params,
            "viz_type": chart.file["viz_type"],
        }
    return {
        "viz_type": VIZ_TYPES[kind],
        "adhoc_filters": [_whole_time(chart.dataset.time_column)],
        "extra_form_data": {},
        "color_scheme": "supersetColors",
        **_BUILDERS[kind](chart, chart.show),
    }


def _whole_time(column: str) -> Mapping[str, Any]:
    # The dashboard's time filter finds its column through this entry.
    return {
        "clause": "WHERE",
        "subject": column,
        "operator": "TEMPORAL_RANGE",
        "comparator": "No filter",
        "expressionType": "SIMPLE",
    }


def _format(chart: Chart, metric: str) -> str:
    return str(chart.dataset.metrics[metric].get("format", ",.1f"))


def _axis_format(chart: Chart, metric: str) -> str:
    """Returns the axis format of a metric: $1.2M instead of $1,200,000, which is too wide for an axis."""
    written = _format(chart, metric)
    return "$~s" if written.startswith("$") else written


def _number(chart: Chart, show: Mapping[str, Any]) -> FormData:
    return {
        "metric": show["metric"],
        "header_font_size": 0.3,
        "subtitle": show.get("subtitle", ""),
        "subtitle_font_size": 0.125,
        "show_metric_name": False,
        "y_axis_format": _format(chart, show["metric"]),
        "time_format": "smart_date",
    }


def _gauge(chart: Chart, show: Mapping[str, Any]) -> FormData:
    return {
        "groupby": show.get("group_by", []),
        "metric": show["metric"],
        "row_limit": 10,
        "min_val": 0,
        "max_val": show.get("maximum", 100),
        "start_angle": 210,
        "end_angle": -30,
        "font_size": 15,
        "number_format": _format(chart, show["metric"]),
        "value_formatter": "{value} %",
        "show_pointer": False,
        "animation": True,
        "show_axis_tick": False,
        "show_split_line": False,
        "split_number": 4,
        "show_progress": True,
        "overlap": True,
        "round_cap": True,
        "intervals": "",
        "interval_color_indices": "",
    }


def _series(chart: Chart, show: Mapping[str, Any]) -> FormData:
    grain = show.get("grain")
    stacked = bool(show.get("stacked"))
    return {
        "x_axis": show["x"],
        **({"time_grain_sqla": GRAINS[grain]} if grain else {}),
        "x_axis_sort_asc": True,
        "x_axis_sort_series": "name",
        "x_axis_sort_series_ascending": True,
        "metrics": show["metrics"],
        "groupby": show.get("group_by", []),
        "order_desc": True,
        "row_limit": ROW_LIMIT,
        "truncate_metric": True,
        "show_empty_columns": True,
        "comparison_type": "values",
        "annotation_layers": [],
        "forecastEnabled": False,
        "forecastPeriods": 10,
        "forecastInterval": 0.8,
        "x_axis_title_margin": 15,
        "y_axis_title": show.get("axis", ""),
        "y_axis_title_margin": 50 if show.get("axis") else 15,
        "y_axis_title_position": "Left",
        "sort_series_type": "name",
        "sort_series_ascending": True,
        "only_total": True,
        "stack": "Stack" if stacked else None,
        "show_legend": len(show["metrics"]) > 1 or bool(show.get("group_by")),
        "legendType": "scroll",
        "legendOrientation": "top",
        "x_axis_time_format": DATES[grain] if grain else "smart_date",
        "xAxisLabelInterval": "auto",
        "rich_tooltip": True,
        "showTooltipTotal": stacked,
        "tooltipTimeFormat": DATES[grain] if grain else "smart_date",
        "y_axis_format": _axis_format(chart, show["metrics"][0]),
        "y_axis_bounds": [None, None],
        "truncateXAxis": True,
    }


def _line(chart: Chart, show: Mapping[str, Any]) -> FormData:
    return {
        **_series(chart, show),
        "seriesType": "line",
        "opacity": 0.2,
        "markerEnabled": True,
        "markerSize": 4,
        "truncateYAxis": not show.get("from_zero", False),
        "x_axis_title": "",
    }


def _bar(chart: Chart, show: Mapping[str, Any]) -> FormData:
    horizontal = bool(show.get("horizontal"))
    form = {
        **_series(chart, show),
        "orientation": "horizontal" if horizontal else "vertical",
        "truncateYAxis": False,
    }
    if horizontal:
        # The front end swaps the axes of a horizontal chart, titles included.
        form["x_axis_title"], form["y_axis_title"] = "", show.get("axis", "")
        form["show_value"] = True
    return form


def _table(chart: Chart, show: Mapping[str, Any]) -> FormData:
    length = show.get("page", 20)
    paged = bool(show.get("server_pages"))
    shared: FormData = {
        "row_limit": ROW_LIMIT if paged else 1_000,
        "table_timestamp_format": "%d %b %Y",
        "show_cell_bars": True,
        "color_pn": False,
        "allow_rearrange_columns": False,
        "allow_render_html": False,
        "include_search": paged,
        "server_pagination": paged,
        **({"server_page_length": length} if paged else {}),
        "page_length": length,
        "percent_metrics": [],
        "conditional_formatting": [],
    }
    if "columns" in show:
        return {
            **shared,
            "query_mode": "raw",
            "all_columns": show["columns"],
            "order_by_cols": [json.dumps(term) for term in _order(show, paged)],
        }
    return {
        **shared,
        "query_mode": "aggregate",
        "groupby": show["group_by"],
        "metrics": show["metrics"],
        "all_columns": [],
        "order_by_cols": [],
        "order_desc": True,
        "show_totals": False,
        "temporal_columns_lookup": {chart.dataset.time_column: True},
        "column_config": {metric: {"d3NumberFormat": _format(chart, metric)} for metric in show["metrics"]},
    }


def _order(show: Mapping[str, Any], paged: bool) -> list[list[Any]]:
    """Returns the order of rows. Pages need a total order, or a row could be on two pages."""
    newest = show.get("newest_first")
    rest = [column for column in show["columns"] if column != newest] if paged else []
    return [*([[newest, False]] if newest else []), *([column, True] for column in rest)]


def _heatmap(chart: Chart, show: Mapping[str, Any]) -> FormData:
    grain = show.get("grain")
    return {
        "x_axis": show["x"],
        **({"time_grain_sqla": GRAINS[grain]} if grain else {}),
        "groupby": show["y"],
        "metric": show["metric"],
        "row_limit": ROW_LIMIT,
        "sort_x_axis": "alpha_asc",
        "sort_y_axis": "alpha_asc",
        "normalize_across": "heatmap",
        "legend_type": "continuous",
        "linear_color_scheme": "schemeBlues",
        "border_color": {"r": 255, "g": 255, "b": 255, "a": 1},
        "border_width": 1,
        "xscale_interval": -1,
        "yscale_interval": 1,
        "left_margin": "auto",
        "bottom_margin": 35,
        "value_bounds": [None, None],
        "y_axis_format": _format(chart, show["metric"]),
        "x_axis_time_format": DATES[grain] if grain else "smart_date",
        "show_legend": True,
        "show_percentage": False,
        "show_values": False,
        "normalized": False,
    }


_BUILDERS: Mapping[str, Callable[[Chart, Mapping[str, Any]], FormData]] = {
    "number": _number,
    "gauge": _gauge,
    "line": _line,
    "bar": _bar,
    "table": _table,
    "heatmap": _heatmap,
}
