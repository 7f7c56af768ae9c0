"""A person's filter states take turns in a fixed number of slots on each dashboard."""

from __future__ import annotations

import hashlib
import logging
from typing import Any, Protocol

from redis import RedisError

logger = logging.getLogger(__name__)

MOST_TABS = 32
# The hash names the slot of each tab and the tab of each slot; the oldest tab gives its slot to a new one.
SCRIPT = """
local slot = redis.call('HGET', KEYS[1], 'tab:' .. ARGV[1])
if not slot then
  slot = tostring(redis.call('HINCRBY', KEYS[1], 'last', 1) % tonumber(ARGV[2]))
  local old = redis.call('HGET', KEYS[1], 'slot:' .. slot)
  if old then redis.call('HDEL', KEYS[1], 'tab:' .. old) end
  redis.call('HSET', KEYS[1], 'slot:' .. slot, ARGV[1], 'tab:' .. ARGV[1], slot)
end
redis.call('EXPIRE', KEYS[1], ARGV[3])
return tonumber(slot)
"""
PREFIX = "homeroom:tabs:"


class Tabs(Protocol):
    def slot(self, owner: str, tab: str) -> int:
        """Returns 0 to MOST_TABS - 1: the same for the same tab, while its owner uses at most as many."""


class RedisTabs:
    def __init__(self, redis: Any, seconds: int) -> None:
        self._script = redis.register_script(SCRIPT)
        self._seconds = seconds

    def slot(self, owner: str, tab: str) -> int:
        named = hashlib.sha256(tab.encode("utf-8", "replace")).hexdigest()[:16]
        try:
            return int(self._script(keys=[PREFIX + owner], args=[named, MOST_TABS, self._seconds]))
        except (RedisError, OSError) as error:
            logger.warning("slots of filter states are not known: %s", type(error).__name__)
            return int(named, 16) % MOST_TABS
