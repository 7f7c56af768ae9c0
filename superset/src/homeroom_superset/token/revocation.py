"""Revocation of tokens, checked on every request with a snapshot no older than the contract allows."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from homeroom_superset.refusal import ExpectedError, TokenRefused, TrustStoreUnreadable
from homeroom_superset.token.claims import Claims

logger = logging.getLogger(__name__)

PAUSE_AFTER_FAILURE = 0.5
# The time of an entry that cannot be parsed, so that it ends every token that it names.
ALWAYS = 2**63


@dataclass(frozen=True)
class Snapshot:
    """The content of the trust store at one time. `read_at` is the monotonic time at which reading began, and
    tokens issued before `min_issued_at` are refused."""

    read_at: float
    min_issued_at: int
    entries: Mapping[str, str]


class StoreError(ExpectedError):
    """Raised when the store cannot be read; the message says why and holds no secret."""


def _time(text: str) -> int:
    return int(text) if text.isdecimal() and len(text) <= 19 else ALWAYS


REASONS = {
    "floor": "the token is older than the list of revoked tokens",
    "jti": "the token was revoked",
    "kid": "the key of the token was revoked",
    "user": "this person was logged out",
    "school": "this school was logged out",
    "tenant": "this tenant was logged out",
}


def revoked_by(snapshot: Snapshot, claims: Claims) -> str | None:
    """Returns the kind of entry that ends the token, a key of REASONS; None while the token is valid."""
    entries, issued = snapshot.entries, claims.values["iat"]
    if issued < snapshot.min_issued_at:
        return "floor"
    if f"jti:{claims.jti}" in entries:
        return "jti"
    if f"kid:{claims.kid}" in entries:
        return "kid"
    for kind, field in (
        ("user", f"user:{claims.tenant}:{claims.user_id}"),
        ("school", f"school:{claims.tenant}:{claims.school_id}"),
        ("tenant", f"tenant:{claims.tenant}"),
    ):
        until = entries.get(field)
        if until is not None and issued <= _time(until):
            return kind
    return None


class Revocations:
    """The revocation check, shared by the threads of a process. A forked process reads a snapshot of its
    own."""

    def __init__(
        self,
        read: Callable[[], Snapshot],
        refresh_seconds: float,
        stale_seconds: float,
        wait_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._read = read
        self._refresh_seconds = refresh_seconds
        self._stale_seconds = stale_seconds
        self._wait_seconds = wait_seconds
        self._monotonic = monotonic
        self._begin()

    def _begin(self) -> None:
        self._process = os.getpid()
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._not_before = 0.0

    def check(self, claims: Claims) -> None:
        kind = revoked_by(self._current(), claims)
        if kind is not None:
            raise TokenRefused(f"{REASONS[kind]}; ask for a new one")

    def _current(self) -> Snapshot:
        if self._process != os.getpid():
            self._begin()
        seen = self._snapshot
        if seen is not None and self._age(seen) < self._refresh_seconds:
            return seen
        # One thread reads. The others use the present snapshot, and wait only when it is too old.
        blocking = not self._is_good(seen)
        if self._lock.acquire(blocking, self._wait_seconds if blocking else -1):
            try:
                if self._snapshot is seen and self._monotonic() >= self._not_before:
                    self._refresh()
            finally:
                self._lock.release()
        known = self._snapshot
        if known is None or not self._is_good(known):
            raise TrustStoreUnreadable(
                "the list of revoked tokens cannot be read; try again in a few seconds"
            )
        return known

    def _refresh(self) -> None:
        try:
            self._snapshot = self._read()
        except StoreError as error:
            self._not_before = self._monotonic() + PAUSE_AFTER_FAILURE
            logger.error("the list of revoked tokens cannot be read: %s", error)

    def _age(self, snapshot: Snapshot) -> float:
        return self._monotonic() - snapshot.read_at

    def _is_good(self, snapshot: Snapshot | None) -> bool:
        return snapshot is not None and self._age(snapshot) < self._stale_seconds
