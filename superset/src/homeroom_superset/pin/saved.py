"""What was saved: the dashboard, its charts and the filters it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# Where charts name the dimensions that a click on them can filter by.
DIMENSION_PARAMS = (
    "groupby",
    "columns",
    "x_axis",
    "y_axis",
    "series",
    "entity",
    "all_columns",
    "groupbyColumns",
)


@dataclass(frozen=True)
class SavedChart:
    id: int
    dataset_id: int
    params: Mapping[str, Any]
    query_context: Mapping[str, Any] | None


@dataclass(frozen=True)
class NativeFilter:
    id: str
    type: str
    targets: tuple[tuple[int, str], ...]
    config: Mapping[str, Any]


@dataclass(frozen=True)
class SavedDashboard:
    id: int
    charts: Mapping[int, SavedChart]
    filters: Mapping[str, NativeFilter]
    cross_filters: bool

    def filter_columns(self) -> frozenset[str]:
        declared = {column for f in self.filters.values() for _, column in f.targets if column}
        if self.cross_filters:
            declared |= {column for chart in self.charts.values() for column in dimensions(chart)}
        return frozenset(declared)

    def declares(self, kind: str) -> bool:
        return any(f.type == kind for f in self.filters.values())


def dimensions(chart: SavedChart) -> Iterator[str]:
    for name in DIMENSION_PARAMS:
        value = chart.params.get(name)
        for entry in value if isinstance(value, list) else [value]:
            if isinstance(entry, str) and entry:
                yield entry


def strings_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from strings_in(inner)
    elif isinstance(value, Sequence):
        for inner in value:
            yield from strings_in(inner)


def _object(text: str | None) -> dict[str, Any] | None:
    try:
        value = json.loads(text or "")
    except ValueError:
        return None
    return value if isinstance(value, dict) else None


def read_filters(metadata: Mapping[str, Any]) -> dict[str, NativeFilter]:
    filters: dict[str, NativeFilter] = {}
    for raw in metadata.get("native_filter_configuration") or []:
        if raw.get("type") == "DIVIDER" or not raw.get("filterType"):
            continue
        targets = tuple(
            (target["datasetId"], (target.get("column") or {}).get("name") or "")
            for target in raw.get("targets") or []
            if isinstance(target.get("datasetId"), int)
        )
        filters[raw["id"]] = NativeFilter(raw["id"], raw["filterType"], targets, raw)
    return filters


def load_dashboard(dashboard_id: int) -> SavedDashboard:
    """Straight from the tables: the guest's own permissions would hide the charts."""
    from superset.extensions import db
    from superset.models.dashboard import Dashboard

    row = db.session.get(Dashboard, dashboard_id)
    metadata = _object(row.json_metadata) or {}
    charts = {
        s.id: SavedChart(s.id, s.datasource_id, _object(s.params) or {}, _object(s.query_context))
        for s in row.slices
    }
    return SavedDashboard(
        id=dashboard_id,
        charts=charts,
        filters=read_filters(metadata),
        cross_filters=metadata.get("cross_filters_enabled", True) is not False,
    )
