"""The way to the collector: a Unix socket in the spool's folder, one JSON object a line, in limited time."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from homeroom_superset.refusal import ExpectedError

BUDGET_SECONDS = 0.25
FAILURES = 5
WINDOW_SECONDS = 10.0
PAUSE_SECONDS = 5.0
MOST_ANSWER_BYTES = 64 * 1024
SOCKET = "collector.sock"


class CollectorAway(ExpectedError):
    """Raised when the collector did not answer in time, or said that it could not."""


class Breaker:
    """After five failures within ten seconds nobody asks for five seconds; then one may try."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failures: list[float] = []
        self._closed_until = 0.0

    def may_try(self) -> bool:
        now = self._clock()
        with self._lock:
            if now < self._closed_until:
                return False
            if self._closed_until > 0:
                # The one that tries; the others wait for what it finds.
                self._closed_until = now + PAUSE_SECONDS
            return True

    def succeeded(self) -> None:
        with self._lock:
            self._failures.clear()
            self._closed_until = 0.0

    def failed(self) -> None:
        now = self._clock()
        with self._lock:
            self._failures = [*(at for at in self._failures[-FAILURES:] if now - at < WINDOW_SECONDS), now]
            if len(self._failures) >= FAILURES or self._closed_until > 0:
                self._closed_until = now + PAUSE_SECONDS


class Collector:
    def __init__(
        self, directory: Path, budget: float = BUDGET_SECONDS, breaker: Breaker | None = None
    ) -> None:
        self._path = str(directory / SOCKET)
        self._budget = budget
        self._breaker = breaker or Breaker()

    def ask(self, question: dict[str, Any]) -> dict[str, Any]:
        """Returns the answer within the budget. Raises CollectorAway."""
        if not self._breaker.may_try():
            raise CollectorAway("the collector failed often; it is asked again in a few seconds")
        try:
            answer = self._exchange(json.dumps(question).encode() + b"\n")
        except (OSError, ValueError) as error:
            self._breaker.failed()
            raise CollectorAway(f"the collector did not answer: {type(error).__name__}") from error
        self._breaker.succeeded()
        if not isinstance(answer, dict) or answer.get("ok") is not True:
            raise CollectorAway("the collector refused")
        return answer

    def _exchange(self, line: bytes) -> Any:
        deadline = time.monotonic() + self._budget
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(self._budget)
            connection.connect(self._path)
            connection.sendall(line)
            received = b""
            while not received.endswith(b"\n"):
                left = deadline - time.monotonic()
                if left <= 0 or len(received) > MOST_ANSWER_BYTES:
                    raise TimeoutError
                connection.settimeout(left)
                part = connection.recv(4096)
                if not part:
                    raise ConnectionError("closed")
                received += part
        return json.loads(received)
