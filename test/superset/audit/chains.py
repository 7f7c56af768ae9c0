"""Reads spools as the collector does, for tests."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeroom_superset.audit.leaf import FIRST_PREV, make_leaf


@dataclass(frozen=True)
class Read:
    header: dict[str, Any]
    payload: dict[str, Any]


def _bytes(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def events_of(path: Path) -> list[Read]:
    """Returns the events of one chain's file; each must follow the one before."""
    events, prev = [], FIRST_PREV
    for number, line in enumerate(path.read_text(encoding="ascii").splitlines()):
        header, salt, payload = (_bytes(part) for part in line.split("."))
        read = Read(json.loads(header), json.loads(payload))
        assert (read.header["seq"], read.header["prev"]) == (number, prev)
        prev = make_leaf(header, salt, payload).hash.hex()
        events.append(read)
    return events


def only_chain(directory: Path) -> list[Read]:
    (path,) = directory.glob("*.spool")
    return events_of(path)


def names_of(events: list[Read]) -> list[str]:
    return [event.payload["name"] for event in events]
