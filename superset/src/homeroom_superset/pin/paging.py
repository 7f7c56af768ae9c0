"""The paging of a table on the server: its pages, one column to sort by, one search."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from homeroom_superset.pin.filter_value import filter_value
from homeroom_superset.pin.kinds import Kind
from homeroom_superset.pin.saved import SavedChart
from homeroom_superset.pin.values import row_limit, shown, whole
from homeroom_superset.refusal import RequestRefused

# What Superset's table offers beside the saved length: SERVER_PAGE_SIZE_OPTIONS of plugin-chart-table.
PAGE_SIZES = frozenset({10, 20, 50, 100, 200})


@dataclass(frozen=True)
class Paging:
    size: int
    """Rows of a page, as saved."""
    rows: int
    """Rows of all pages together; what lies beyond is not counted and not shown."""
    searchable: frozenset[str]

    def page(self, asked: Mapping[str, Any]) -> dict[str, int]:
        sizes = {size for size in PAGE_SIZES | {self.size} if size <= self.rows}
        size = self.size if asked.get("row_limit") is None else row_limit(asked["row_limit"], self.rows)
        if size not in sizes:
            offered = ", ".join(map(str, sorted(sizes)))
            raise RequestRefused(f"row_limit {size}: a page of this table has {offered} rows")
        offset = whole(asked.get("row_offset") or 0, "row_offset", self.rows)
        if offset % size or offset >= self.rows:
            raise RequestRefused(
                f"row_offset {offset} is not where a page of {size} of {self.rows} rows begins"
            )
        return {"row_limit": min(size, self.rows - offset), "row_offset": offset}

    def searches(self, entry: Any) -> bool:
        """The front end looks for values that begin with what was typed."""
        return (
            isinstance(entry, Mapping)
            and entry.get("op") == "ILIKE"
            and isinstance(entry.get("col"), str)
            and entry["col"] in self.searchable
            and str(entry.get("val")).endswith("%")
        )


def paging_of(chart: SavedChart, columns: Iterable[str], most: int) -> Paging | None:
    """None for a chart that does not page on the server."""
    if not chart.params.get("server_pagination"):
        return None
    rows = min(_saved_number(chart, "row_limit") or most, most)
    searchable = columns if chart.params.get("include_search") else ()
    return Paging(min(_saved_number(chart, "server_page_length") or rows, rows), rows, frozenset(searchable))


def _saved_number(chart: SavedChart, name: str) -> int:
    """Superset's own form saves either a number or its text."""
    saved = chart.params.get(name)
    return int(saved) if isinstance(saved, int | str) and str(saved).isdecimal() else 0


def search(entry: Mapping[str, Any]) -> dict[str, Any]:
    column = entry["col"]
    return {
        "col": column,
        "op": "ILIKE",
        "val": filter_value("ILIKE", entry["val"], f"search in {shown(column)}", Kind.TEXT),
    }


def steady(order: list[list[Any]], saved: Iterable[Any], columns: Iterable[Any]) -> list[list[Any]]:
    """The order, with what was saved behind it: rows left equal would be on two pages or on none."""
    steadied = [list(term) for term in order]
    for by, ascending in [*saved, *([column, True] for column in columns if isinstance(column, str))]:
        if all(by != term[0] for term in steadied):
            steadied.append([by, ascending])
    return steadied
