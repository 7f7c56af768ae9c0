"""The log of accepted and rejected tokens (contract/events.schema.json). It never contains a token."""

from __future__ import annotations

import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from homeroom_superset.refusal import TokenRefused
from homeroom_superset.token.claims import Claims

REFUSALS_PER_SECOND = 20
MAX_REASON_LENGTH = 300


def stdout_lines() -> Callable[[str], None]:
    """Returns a function that writes lines to stdout, independent of the format of Superset's log."""
    logger = logging.getLogger("homeroom.events")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stdout)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.setLevel(logging.INFO)
        logger.propagate = False
    return lambda line: logger.info("%s", line)


def _scope(claims: Claims) -> dict[str, Any]:
    return {
        "tenant": claims.tenant,
        "role": claims.role,
        "school_id": claims.school_id,
        "dashboard": claims.dashboard,
        "kid": claims.kid,
        "jti": claims.jti,
        "exp": claims.exp,
    }


class TokenEvents:
    def __init__(self, write: Callable[[str], None], clock: Callable[[], float] = time.time) -> None:
        self._write = write
        self._clock = clock
        self._lock = threading.Lock()
        self._second = 0
        self._count = 0

    def accepted(self, digest: bytes, claims: Claims) -> None:
        self._record("token.accepted", {**_scope(claims), "token_sha256": digest.hex()})

    def rejected(self, digest: bytes, refusal: TokenRefused, claims: Claims | None) -> None:
        """Records a refusal; with `claims` only when the signature was valid. Refusals above the limit a
        second are only counted."""
        missed, recorded = self._count_refusal()
        if missed > 0:
            self._record("token.rejected_unrecorded", {"count": missed})
        if recorded:
            self._record(
                "token.rejected",
                {
                    **({} if claims is None else _scope(claims)),
                    "token_sha256": digest.hex(),
                    "status": refusal.status,
                    "reason": str(refusal)[:MAX_REASON_LENGTH],
                },
            )

    def _count_refusal(self) -> tuple[int, bool]:
        """Returns how many refusals of an earlier second were not recorded, and whether this one is."""
        second = int(self._clock())
        with self._lock:
            missed = 0
            if second != self._second:
                missed = max(0, self._count - REFUSALS_PER_SECOND)
                self._second, self._count = second, 0
            self._count += 1
            return missed, self._count <= REFUSALS_PER_SECOND

    def _record(self, event: str, members: dict[str, Any]) -> None:
        now = datetime.fromtimestamp(self._clock(), UTC).isoformat(timespec="milliseconds")
        self._write(json.dumps({"event": event, "time": now.replace("+00:00", "Z"), **members}))
