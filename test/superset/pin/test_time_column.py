"""A time column filter: charts run by a column of time that it lists and that their dataset has."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.kinds import Kind
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import NativeFilter
from homeroom_superset.refusal import RequestRefused

from saved_dashboard import DASHBOARD, MOST, ask

TIMES = {"assessed_on": Kind.TIME, "enrolled_on": Kind.TIME, "score": Kind.NUMBER}
KINDS = {9: {**TIMES, "left_on": Kind.TIME}, 10: {**TIMES, "opened_on": Kind.TIME, "left_on": Kind.TEXT}}
OF_ANOTHER = {"T": NativeFilter("T", "filter_timecolumn", ((10, ""),), {})}
WITHOUT = replace(DASHBOARD, kinds=KINDS)
DECLARED = replace(
    WITHOUT, filters={**DASHBOARD.filters, "T": NativeFilter("T", "filter_timecolumn", ((9, ""),), {})}
)


@pytest.mark.parametrize("key", ["granularity", "granularity_sqla"])
@pytest.mark.parametrize("column", ["assessed_on", "enrolled_on"])
def test_a_listed_column_is_the_time_of_the_chart(key: str, column: str) -> None:
    query = pinned_body(ask(query={key: column}), DECLARED, MOST)["queries"][0]
    assert query["granularity"] == column
    assert "granularity_sqla" not in query


def test_a_time_range_follows_to_the_column() -> None:
    ranged = {"col": "enrolled_on", "op": "TEMPORAL_RANGE", "val": "Last month"}
    asked = {"granularity": "enrolled_on", "filters": [ranged], "time_range": "Last month"}
    query = pinned_body(ask(query=asked), DECLARED, MOST)["queries"][0]
    assert ranged in query["filters"]
    assert query["time_range"] == "Last month"


@pytest.mark.parametrize(
    ("dashboard", "column"),
    [
        (WITHOUT, "assessed_on"),
        (DECLARED, "score"),
        (DECLARED, "nowhere"),
        (DECLARED, ["assessed_on"]),
        (DECLARED, {"sqlExpression": "now()"}),
        # Of the filter's dataset, not of the chart's; and the reverse.
        (replace(WITHOUT, filters=OF_ANOTHER), "opened_on"),
        (replace(WITHOUT, filters=OF_ANOTHER), "left_on"),
    ],
)
def test_any_other_column_is_refused(dashboard: Any, column: Any) -> None:
    with pytest.raises(RequestRefused, match="granularity"):
        pinned_body(ask(query={"granularity": column}), dashboard, MOST)
