"""Superset's position tree of a dashboard."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeroom_superset.content.described import Dashboard


def position(dashboard: Dashboard, chart_ids: Mapping[str, int]) -> dict[str, Any]:
    rows = [f"ROW-{index + 1}" for index in range(len(dashboard.file["rows"]))]
    tree: dict[str, Any] = {
        "DASHBOARD_VERSION_KEY": "v2",
        "ROOT_ID": {"type": "ROOT", "id": "ROOT_ID", "children": ["GRID_ID"]},
        "GRID_ID": {"type": "GRID", "id": "GRID_ID", "children": rows, "parents": ["ROOT_ID"]},
        "HEADER_ID": {"type": "HEADER", "id": "HEADER_ID", "meta": {"text": dashboard.file["title"]}},
    }
    for row_id, row in zip(rows, dashboard.file["rows"], strict=True):
        cells = {f"CHART-{cell['chart']}": cell for cell in row["charts"]}
        tree[row_id] = {
            "type": "ROW",
            "id": row_id,
            "children": list(cells),
            "parents": ["ROOT_ID", "GRID_ID"],
            "meta": {"background": "BACKGROUND_TRANSPARENT"},
        }
        for cell_id, cell in cells.items():
            chart = dashboard.charts[cell["chart"]]
            tree[cell_id] = {
                "type": "CHART",
                "id": cell_id,
                "children": [],
                "parents": ["ROOT_ID", "GRID_ID", row_id],
                "meta": {
                    "chartId": chart_ids[chart.key],
                    "uuid": chart.uuid,
                    "sliceName": chart.file["title"],
                    "width": cell["width"],
                    "height": row["height"],
                },
            }
    return tree
