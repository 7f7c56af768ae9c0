"""The liveness probe asks one worker and believes only that one."""

from __future__ import annotations

from typing import Any

import pytest
from homeroom_superset.jobs import worker_alive
from homeroom_superset.jobs.worker_alive import answers


class FakeCelery:
    replies: dict[str, Any] | None = None
    asked: list[str]

    def __init__(self, broker: str) -> None:
        self.control = self

    def inspect(self, destination: list[str], timeout: float) -> FakeCelery:
        FakeCelery.asked = destination
        return self

    def ping(self) -> dict[str, Any] | None:
        return FakeCelery.replies


@pytest.mark.parametrize(
    ("replies", "alive"),
    [
        ({"celery@web-1": {"ok": "pong"}}, True),
        ({"celery@web-2": {"ok": "pong"}}, False),
        ({}, False),
        (None, False),
    ],
)
def test_only_the_worker_of_this_host_counts(
    replies: dict[str, Any] | None, alive: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_alive, "Celery", FakeCelery)
    monkeypatch.setattr(FakeCelery, "replies", replies)
    assert answers("redis://broker", "web-1", 1.0) is alive
    assert FakeCelery.asked == ["celery@web-1"]
