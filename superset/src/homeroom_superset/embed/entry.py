"""?jwt=…, once: who finds the address later, in a history or a chat, opens nothing with it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, Protocol

from redis import RedisError

from homeroom_superset.refusal import TokenRefused, TrustStoreUnreadable
from homeroom_superset.settings import Settings
from homeroom_superset.token.claims import Claims
from homeroom_superset.token.trust_store import connect


class AddressUsed(TokenRefused):
    status = 410


class Entries(Protocol):
    def enter(self, claims: Claims) -> None:
        """Raise AddressUsed for an address that was opened before."""


class RepeatedEntries:
    def enter(self, claims: Claims) -> None:
        """An address opens as long as its token lives."""


class SingleEntries:
    def __init__(
        self, redis: Any, prefix: str, skew_seconds: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        self._skew = skew_seconds
        self._clock = clock

    def enter(self, claims: Claims) -> None:
        # As long as the token could be accepted, and not a second longer.
        seconds = max(1, claims.exp + self._skew - int(self._clock()) + 1)
        try:
            first = self._redis.set(self._prefix + claims.jti, b"1", nx=True, ex=seconds)
        except (RedisError, OSError) as error:
            raise TrustStoreUnreadable(
                "nobody can say whether this address was used; try again soon"
            ) from error
        if not first:
            raise AddressUsed("this address was used before")


def open_entries(settings: Settings) -> Entries:
    if not settings.single_use_entry:
        return RepeatedEntries()
    platform = settings.platform
    return SingleEntries(connect(settings), platform.trust_store.entered_prefix, platform.clock_skew_seconds)
