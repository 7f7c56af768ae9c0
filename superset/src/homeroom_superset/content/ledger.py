"""A record of the objects that a run created, updated and left unchanged."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from superset import db


class Ledger:
    def __init__(self) -> None:
        self._states: dict[tuple[str, str], str] = {}

    def put(self, model: type[Any], kind: str, uuid: str, values: Mapping[str, Any]) -> Any:
        """Returns the object of this UUID with these values, and writes it only when they differ."""
        found = db.session.query(model).filter_by(uuid=UUID(uuid)).one_or_none()
        if found is None:
            found = model(uuid=UUID(uuid), **values)
            db.session.add(found)
            self._states[kind, uuid] = "created"
        else:
            self._states.setdefault((kind, uuid), "unchanged")
            self.assign(found, kind, uuid, values)
        db.session.flush()
        return found

    def assign(self, target: Any, kind: str, uuid: str, values: Mapping[str, Any]) -> None:
        for name, value in values.items():
            if getattr(target, name) != value:
                setattr(target, name, value)
                self.touch(kind, uuid)

    def touch(self, kind: str, uuid: str) -> None:
        if self._states.get((kind, uuid)) != "created":
            self._states[kind, uuid] = "updated"

    @property
    def changed(self) -> bool:
        return any(state != "unchanged" for state in self._states.values())

    def summary(self) -> str:
        counts = Counter(self._states.values())
        return ", ".join(f"{counts[state]} {state}" for state in ("created", "updated", "unchanged"))
