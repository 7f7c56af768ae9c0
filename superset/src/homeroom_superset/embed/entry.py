"""Single use of embed URLs (?jwt=…): a URL found later, in a history or a chat, opens nothing."""

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
        """Records that a URL was opened. Raises AddressUsed when it was opened before."""


class UnlimitedEntries:
    def enter(self, claims: Claims) -> None:
        """Accepts a URL as long as its token is valid."""


class SingleUseEntries:
    def __init__(
        self, redis: Any, prefix: str, skew_seconds: int, clock: Callable[[], float] = time.time
    ) -> None:
        self._redis = redis
        self._prefix = prefix
        self._skew = skew_seconds
        self._clock = clock

    def enter(self, claims: Claims) -> None:
        # The record lives as long as the token could be accepted.
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
        return UnlimitedEntries()
    platform = settings.platform
    return SingleUseEntries(
        connect(settings), platform.trust_store.entered_prefix, platform.clock_skew_seconds
    )
