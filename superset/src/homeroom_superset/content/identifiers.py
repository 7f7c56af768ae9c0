"""UUIDs of the content, derived from names (RFC 9562, version 5) as in contract/content-ids.ts."""

from __future__ import annotations

from typing import Literal
from uuid import UUID, uuid5

Kind = Literal["database", "dataset", "dashboard", "embedded", "chart"]


def content_id(namespace: UUID, kind: Kind, name: str) -> str:
    """The namespace is contentNamespace of contract/platform.json."""
    return str(uuid5(namespace, f"{kind}/{name}"))
