"""Superset's metrics, sent to StatsD when a host is set."""

from __future__ import annotations

from typing import Any

from superset.stats_logger import DummyStatsLogger, StatsdStatsLogger

from homeroom_superset.settings import Settings


def stats_logger(settings: Settings) -> Any:
    if settings.statsd_host is None:
        return DummyStatsLogger()
    return StatsdStatsLogger(host=settings.statsd_host, port=settings.platform.statsd_port, prefix="superset")
