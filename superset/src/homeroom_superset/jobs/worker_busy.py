"""The number of tasks that a worker is running, for the autoscaler: a running task is no longer in the queue.

Each process of the pool adds one to the gauge of its pod's exporter when a task begins and subtracts it when
the task ends, failed or not. A process that is killed in between leaves its one until the pod ends.
"""

from __future__ import annotations

from typing import Any

from celery.signals import task_postrun, task_prerun
from statsd import StatsClient

from homeroom_superset.settings import Settings

GAUGE = "worker.busy"


def report_busy(settings: Settings) -> None:
    """Counts running tasks. Only a worker runs tasks, so elsewhere the two signals never fire."""
    if settings.statsd_host is None:
        return
    statsd = StatsClient(settings.statsd_host, settings.platform.statsd_port, prefix="superset")

    def begin(**_: Any) -> None:
        statsd.gauge(GAUGE, 1, delta=True)

    def end(**_: Any) -> None:
        statsd.gauge(GAUGE, -1, delta=True)

    # Celery keeps weak references by default, and nothing else refers to these two functions.
    task_prerun.connect(begin, weak=False)
    task_postrun.connect(end, weak=False)
