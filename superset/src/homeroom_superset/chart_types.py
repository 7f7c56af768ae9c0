"""Chart types of Superset that draw nothing for a guest, so the studio does not offer them."""

from __future__ import annotations

ON_THE_OLD_ROUTE = (
    "bubble",
    "bullet",
    "cal_heatmap",
    "chord",
    "compare",
    "country_map",
    "deck_geojson",
    "deck_multi",
    "horizon",
    "mapbox",
    "paired_ttest",
    "para",
    "partition",
    "rose",
    "time_pivot",
    "time_table",
    "world_map",
)
"""They ask POST /superset/explore_json/, which takes a query from the browser and is shut for guests."""
COMPILED_IN_THE_BROWSER = ("handlebars",)
"""It needs 'unsafe-eval', which the Content-Security-Policy does not give."""
CLOSED = [*ON_THE_OLD_ROUTE, *COMPILED_IN_THE_BROWSER]
