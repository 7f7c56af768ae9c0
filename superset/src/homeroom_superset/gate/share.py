"""How many requests one person may send: a token bucket in the cache's Redis, shared by all processes.

nginx sees addresses, and a whole school has one; only a verified token says which person asks.
docs/adr/0023-limits-of-a-person.md says how the two limits divide the work.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

from redis import RedisError

from homeroom_superset.refusal import ShareSpent
from homeroom_superset.token.claims import Claims

logger = logging.getLogger(__name__)

# The time comes from the caller: a script that reads the clock may not write in Redis 6.
SCRIPT = """
local burst, rate, now = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
local known = redis.call('HMGET', KEYS[1], 'level', 'at')
local since = math.max(0, now - (tonumber(known[2]) or now))
local level = math.max(0, (tonumber(known[1]) or 0) - since * rate) + 1
if level > burst then return math.max(1, math.ceil((level - burst) / rate)) end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', tostring(now))
redis.call('EXPIRE', KEYS[1], math.ceil(burst / rate) + 1)
return 0
"""
PREFIX = "homeroom:share:"


class Shares(Protocol):
    def take(self, claims: Claims) -> None:
        """Counts one request of this person; raises ShareSpent when it is one too many."""


@dataclass(frozen=True)
class Share:
    burst: int
    per_second: int


class RedisShares:
    def __init__(self, redis: Any, share: Share, clock: Callable[[], float] = time.time) -> None:
        self._script = redis.register_script(SCRIPT)
        self._share = share
        self._clock = clock

    def take(self, claims: Claims) -> None:
        try:
            seconds = int(
                self._script(
                    keys=[PREFIX + person(claims)],
                    args=[self._share.burst, self._share.per_second, f"{self._clock():.3f}"],
                )
            )
        except (RedisError, OSError) as error:
            # A cache that is away makes answers slower and nothing else.
            logger.warning("requests of guests are not counted: %s", type(error).__name__)
            return
        if seconds > 0:
            raise ShareSpent(seconds)


def person(claims: Claims) -> str:
    """The same for every token of a person, and no name of anybody."""
    return hashlib.sha256(f"{claims.tenant}:{claims.user_id}".encode()).hexdigest()[:32]
