"""How old an answer may be is what the dashboard's profile says, of the chart or of the list of a filter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from homeroom_superset.pin.pin import pinned_body

from saved_dashboard import DASHBOARD, LINE, MOST, TABLE, ask, filter_request

REALTIME = replace(
    DASHBOARD, charts={1: replace(LINE, cache_seconds=30), 2: replace(TABLE, cache_seconds=3600)}
)


@pytest.mark.parametrize(
    ("body", "seconds"),
    [(ask(1), 30), (ask(2), 3600), (filter_request("F1"), 30), (filter_request("F2", {"columns": []}), 30)],
)
@pytest.mark.parametrize("asked", [None, 1, 86_400])
def test_the_profile_decides_over_the_dataset_and_the_browser(
    body: dict[str, Any], seconds: int, asked: int | None
) -> None:
    pinned = pinned_body({**body, "custom_cache_timeout": asked}, REALTIME, MOST)
    assert pinned["custom_cache_timeout"] == seconds


def test_without_a_profile_the_dataset_decides() -> None:
    assert "custom_cache_timeout" not in pinned_body(ask(), DASHBOARD, MOST)
    assert "custom_cache_timeout" not in pinned_body(filter_request("F1"), DASHBOARD, MOST)


@pytest.mark.parametrize("force", [True, "true", 1, False, None])
def test_a_refresh_is_answered_from_the_cache(force: Any) -> None:
    assert pinned_body(ask(force=force), DASHBOARD, MOST)["force"] is False
    assert pinned_body(filter_request("F1", force=force), DASHBOARD, MOST)["force"] is False
