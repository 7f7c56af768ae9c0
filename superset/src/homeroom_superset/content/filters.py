"""A dashboard's metadata: its declared filters, which charts they reach, colours and refresh."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeroom_superset.content.described import Dashboard

EVERYWHERE: dict[str, Any] = {"rootPath": ["ROOT_ID"], "excluded": []}


def metadata(
    dashboard: Dashboard, chart_ids: Mapping[str, int], dataset_ids: Mapping[str, int], refresh_seconds: int
) -> dict[str, Any]:
    charts = sorted(chart_ids.values())
    return {
        "native_filter_configuration": [
            _filter(dashboard, item, chart_ids, dataset_ids) for item in dashboard.file["filters"]
        ],
        "cross_filters_enabled": True,
        "chart_configuration": {
            str(chart): {
                "id": chart,
                "crossFilters": {
                    "scope": "global",
                    "chartsInScope": [other for other in charts if other != chart],
                },
            }
            for chart in charts
        },
        "global_chart_configuration": {"scope": EVERYWHERE, "chartsInScope": charts},
        "color_scheme": "supersetColors",
        "label_colors": dashboard.file.get("colours", {}),
        "shared_label_colors": [],
        "map_label_colors": {},
        "color_scheme_domain": [],
        "expanded_slices": {},
        "timed_refresh_immune_slices": [],
        "default_filters": "{}",
        "refresh_frequency": refresh_seconds,
    }


def _filter(
    dashboard: Dashboard,
    item: Mapping[str, Any],
    chart_ids: Mapping[str, int],
    dataset_ids: Mapping[str, int],
) -> dict[str, Any]:
    reached: list[int] = []
    out_of_reach: list[int] = []
    for key, chart in dashboard.charts.items():
        fits = item["kind"] == "time" or item["column"] in chart.dataset.columns
        (reached if fits else out_of_reach).append(chart_ids[key])
    is_time = item["kind"] == "time"
    return {
        "id": f"NATIVE_FILTER-{item['key']}",
        "name": item["title"],
        "type": "NATIVE_FILTER",
        "filterType": "filter_time" if is_time else "filter_select",
        "targets": [{}]
        if is_time
        else [{"datasetId": dataset_ids[item["dataset"]], "column": {"name": item["column"]}}],
        "controlValues": {}
        if is_time
        else {
            "enableEmptyFilter": False,
            "defaultToFirstItem": False,
            "multiSelect": True,
            "searchAllOptions": False,
            "inverseSelection": False,
        },
        "defaultDataMask": {"extraFormData": {}, "filterState": {}, "ownState": {}},
        "cascadeParentIds": [],
        "scope": {"rootPath": ["ROOT_ID"], "excluded": sorted(out_of_reach)},
        "chartsInScope": sorted(reached),
        "tabsInScope": [],
        "description": "",
    }
