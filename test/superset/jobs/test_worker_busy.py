"""Metrics leave the process: Superset's own, and how many tasks a worker is at."""

from __future__ import annotations

import dataclasses
import socket
from collections.abc import Iterator

import pytest
from celery import Celery
from homeroom_superset.jobs.worker_busy import report_busy
from homeroom_superset.metrics import stats_logger
from homeroom_superset.settings import Settings, read_settings


@pytest.fixture
def exporter() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as receiver:
        receiver.bind(("127.0.0.1", 0))
        receiver.settimeout(5)
        yield receiver


@pytest.fixture
def measured(environ: dict[str, str], exporter: socket.socket) -> Settings:
    settings = read_settings(environ)
    platform = dataclasses.replace(settings.platform, statsd_port=exporter.getsockname()[1])
    return dataclasses.replace(settings, statsd_host="127.0.0.1", platform=platform)


def test_supersets_own_metrics_reach_the_exporter(measured: Settings, exporter: socket.socket) -> None:
    stats_logger(measured).incr("welcome")
    assert exporter.recv(200) == b"superset.welcome:1|c"


def test_a_task_counts_while_it_runs_even_when_it_fails(measured: Settings, exporter: socket.socket) -> None:
    report_busy(measured)
    app = Celery(broker="memory://", set_as_current=False)

    @app.task
    def fails() -> None:
        assert exporter.recv(200) == b"superset.worker.busy:+1|g"
        raise ValueError("as tasks do")

    fails.apply()
    assert exporter.recv(200) == b"superset.worker.busy:-1|g"
