"""A bound on lines a second, whatever goes wrong how often."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

LINES_PER_SECOND = 100
"""The most lines of one process. A quiet process writes a few a minute; this is 200 kB a second at most."""


class LineRate(logging.Filter):
    """Lets so many records of a second through, and then says how many it left out."""

    def __init__(self, most: int = LINES_PER_SECOND, clock: Callable[[], float] = time.time) -> None:
        super().__init__()
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._second = 0
        self._count = 0

    def filter(self, record: logging.LogRecord) -> bool:
        missed, written = self._place()
        if missed and written:
            record.msg = f"{record.msg} ({missed} lines before this one were not written)"
        return written

    def _place(self) -> tuple[int, bool]:
        second = int(self._clock())
        with self._lock:
            missed = 0
            if second != self._second:
                missed = max(0, self._count - self._most)
                self._second, self._count = second, 0
            self._count += 1
            return missed, self._count <= self._most


def limit_lines(*names: str | None) -> None:
    """Bounds every handler of these loggers together; None is the root's."""
    rate = LineRate()
    for name in names:
        for handler in logging.getLogger(name).handlers:
            if not any(isinstance(known, LineRate) for known in handler.filters):
                handler.addFilter(rate)


def limit_root_lines(**_: object) -> None:
    """Handles Celery's signal, whose arguments are not needed."""
    limit_lines(None)
