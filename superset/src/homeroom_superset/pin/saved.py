"""The saved objects: the dashboard, its charts and the filters it declares."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from homeroom_superset.pin.kinds import Kind, kind_of

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
    cache_seconds: int | None = None
    """How long an answer is kept, by the dashboard's profile; None leaves it to the dataset."""


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
    kinds: Mapping[int, Mapping[str, Kind]] = field(default_factory=dict)
    """The kinds of the columns that charts and filters read, by dataset and name."""

    def filter_columns(self) -> frozenset[str]:
        declared = {column for f in self.filters.values() for _, column in f.targets if column}
        if self.cross_filters:
            declared |= {column for chart in self.charts.values() for column in dimensions(chart)}
        return frozenset(declared)

    def cache_seconds(self) -> int | None:
        """Returns how long the values of a filter are kept: as long as the answers of the freshest chart."""
        lifetimes = [c.cache_seconds for c in self.charts.values() if c.cache_seconds is not None]
        return min(lifetimes, default=None)

    def filter_expressions(self) -> dict[tuple[str, str], dict[str, str]]:
        """Returns the dimensions that saved charts compute by SQL, by label and expression."""
        if not self.cross_filters:
            return {}
        return {
            (column["label"], column["sqlExpression"]): column
            for chart in self.charts.values()
            for column in expressions(chart)
        }

    def offers_time_column(self, column: Any, chart: SavedChart) -> bool:
        """Returns whether a time column filter lists the column and the chart's dataset has it too."""
        listed = {d for f in self.filters.values() if f.type == "filter_timecolumn" for d, _ in f.targets}
        return (
            isinstance(column, str)
            and self._is_time(chart.dataset_id, column)
            and any(self._is_time(dataset, column) for dataset in listed)
        )

    def _is_time(self, dataset: int, column: str) -> bool:
        return self.kinds.get(dataset, {}).get(column) is Kind.TIME

    def declares(self, kind: str) -> bool:
        return any(f.type == kind for f in self.filters.values())


def _dimensions(chart: SavedChart) -> Iterator[Any]:
    for name in DIMENSION_PARAMS:
        value = chart.params.get(name)
        yield from value if isinstance(value, list) else [value]


def dimensions(chart: SavedChart) -> Iterator[str]:
    return (entry for entry in _dimensions(chart) if isinstance(entry, str) and entry)


def expressions(chart: SavedChart) -> Iterator[dict[str, str]]:
    for entry in _dimensions(chart):
        if not isinstance(entry, Mapping) or entry.get("expressionType") != "SQL":
            continue
        label, sql = entry.get("label"), entry.get("sqlExpression")
        if isinstance(label, str) and isinstance(sql, str):
            yield {"expressionType": "SQL", "label": label, "sqlExpression": sql}


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
        s.id: SavedChart(
            s.id,
            s.datasource_id,
            {"viz_type": s.viz_type, **(_object(s.params) or {})},
            _object(s.query_context),
            s.cache_timeout,
        )
        for s in row.slices
    }
    filters = read_filters(metadata)
    datasets = {chart.dataset_id for chart in charts.values()}
    datasets |= {dataset for native in filters.values() for dataset, _ in native.targets}
    return SavedDashboard(
        id=dashboard_id,
        charts=charts,
        filters=filters,
        cross_filters=metadata.get("cross_filters_enabled", True) is not False,
        kinds=_kinds(datasets),
    )


def _kinds(datasets: set[int]) -> dict[int, dict[str, Kind]]:
    from superset.connectors.sqla.models import TableColumn
    from superset.extensions import db

    kinds: dict[int, dict[str, Kind]] = {dataset: {} for dataset in datasets}
    columns = db.session.query(TableColumn.table_id, TableColumn.column_name, TableColumn.type).filter(
        TableColumn.table_id.in_(datasets)
    )
    for dataset, name, native_type in columns:
        kinds[dataset][name] = kind_of(native_type)
    return kinds
