"""UUIDs of version 7 (RFC 9562), which sort by the time they were made."""

from __future__ import annotations

import secrets
from uuid import UUID


def uuid7(microseconds: int) -> str:
    """Returns the UUID of a moment, given in microseconds since 1970."""
    value = (microseconds // 1000) << 80 | secrets.randbits(80)
    value &= ~(0xF000 << 64) & ~(0xC000 << 48)
    return str(UUID(int=value | 0x7000 << 64 | 0x8000 << 48))
