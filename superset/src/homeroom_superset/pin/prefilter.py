"""The pre-filter that an author saved with a dashboard's filter: which values its list shows at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeroom_superset.content.queries.base import QueryUnknown, base
from homeroom_superset.pin.identity import entries
from homeroom_superset.pin.saved import NativeFilter
from homeroom_superset.pin.values import shown
from homeroom_superset.refusal import RequestRefused

NO_TIME_RANGE = "No filter"


class Prefilter:
    """Conditions of the filter itself, in the query whatever the browser sends."""

    def __init__(self, native: NativeFilter) -> None:
        self._native = native
        try:
            query = base({"adhoc_filters": native.config.get("adhoc_filters") or []})
        except (QueryUnknown, AttributeError, KeyError, TypeError) as error:
            raise RequestRefused(
                f"the pre-filter of filter {native.id!r} cannot be read; save the filter again"
            ) from error
        self._filters: list[dict[str, Any]] = query["filters"]
        self._texts = {clause: text for clause, text in query["extras"].items() if text}

    def others(self, asked: Mapping[str, Any]) -> list[Any]:
        """Returns the filters of a request that are not the pre-filter's own. Raises RequestRefused for SQL
        that is not the pre-filter's."""
        extras = asked.get("extras") or {}
        if not isinstance(extras, Mapping):
            raise RequestRefused(f"extras is {shown(extras)}; it must be an object")
        for place in (asked, extras):
            for clause in ("where", "having"):
                if place.get(clause) and place[clause] != self._texts.get(clause):
                    raise RequestRefused("free SQL is not accepted from a guest")
        return [entry for entry in entries(asked.get("filters")) if entry not in self._filters]

    def enforce(self, query: dict[str, Any]) -> dict[str, Any]:
        """Returns the query with every condition of the pre-filter beside its own."""
        time_range = self._native.config.get("time_range")
        column = self._native.config.get("granularity_sqla")
        timed = (
            isinstance(time_range, str) and time_range not in ("", NO_TIME_RANGE) and isinstance(column, str)
        )
        own = [{"col": column, "op": "TEMPORAL_RANGE", "val": time_range}] if timed else []
        return {
            **query,
            "filters": [*self._filters, *own, *query["filters"]],
            **({"extras": self._texts} if self._texts else {}),
        }
