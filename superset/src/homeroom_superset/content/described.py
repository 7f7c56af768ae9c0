"""The objects that the files of content/dashboards/ describe."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Dataset:
    table: str
    uuid: str
    file: Mapping[str, Any]

    @property
    def columns(self) -> Mapping[str, Mapping[str, Any]]:
        return self.file["columns"]

    @property
    def metrics(self) -> Mapping[str, Mapping[str, Any]]:
        return self.file["metrics"]

    @property
    def time_column(self) -> str:
        return self.file["time_column"]


@dataclass(frozen=True)
class Chart:
    key: str
    uuid: str
    dataset: Dataset
    file: Mapping[str, Any]

    @property
    def show(self) -> Mapping[str, Any]:
        return self.file.get("show", {})

    @property
    def params(self) -> Mapping[str, Any]:
        """Superset's form data of a chart of type superset."""
        return self.file.get("params", {})


@dataclass(frozen=True)
class Dashboard:
    slug: str
    uuid: str
    embedded_uuid: str
    charts: Mapping[str, Chart]
    file: Mapping[str, Any]
