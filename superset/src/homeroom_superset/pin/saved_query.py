"""The queries that a saved chart asks, which are all that a guest may run of it."""

from __future__ import annotations

from typing import Any

from homeroom_superset.content.query import QueryUnknown, query_context
from homeroom_superset.pin.saved import SavedChart
from homeroom_superset.refusal import RequestRefused


def saved_queries(chart: SavedChart) -> list[dict[str, Any]]:
    """Returns the queries of the saved query context. A chart made by Superset's API, or exported by an old
    one, has none: its queries are made of its form data. Raises RequestRefused where that is not possible."""
    context = chart.query_context
    if context is None:
        context = _made_of_form(chart)
    queries = context.get("queries")
    if isinstance(queries, list) and queries and all(isinstance(query, dict) for query in queries):
        return queries
    raise RequestRefused(_words(chart, "its query context holds no query"))


def _made_of_form(chart: SavedChart) -> dict[str, Any]:
    try:
        return query_context({**chart.params, "slice_id": chart.id}, chart.dataset_id)
    except (QueryUnknown, AttributeError, TypeError, ValueError) as error:
        raise RequestRefused(_words(chart, str(error))) from error


def _words(chart: SavedChart, reason: str) -> str:
    return (
        f"chart {chart.id} has no saved query, and none can be made of its form data ({reason}); "
        "its author opens it in Explore and saves it once"
    )
