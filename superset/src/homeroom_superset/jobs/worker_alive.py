"""Liveness probe of a Celery worker: whether the worker on this host answers over the broker.

The probe uses a bare Celery application, because loading Superset would cost ten seconds of CPU each time.
"""

from __future__ import annotations

import os
import socket
import sys

from celery import Celery

from homeroom_superset.cache.redis import broker_url
from homeroom_superset.command import end_with
from homeroom_superset.settings import read_settings

BROKER_DB = 0


def answers(broker: str, host: str, seconds: float) -> bool:
    name = f"celery@{host}"
    replies = Celery(broker=broker).control.inspect(destination=[name], timeout=seconds).ping()
    return bool(replies) and name in replies


def main() -> int:
    broker = broker_url(read_settings(os.environ), BROKER_DB)
    host = socket.gethostname()
    if answers(broker, host, 10.0):
        return 0
    print(f"worker celery@{host} does not answer over the broker", file=sys.stderr)
    return 1


if __name__ == "__main__":
    end_with(main)
