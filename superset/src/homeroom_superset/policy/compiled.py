"""The compiled row policy of contract/compiled-policy.json, read again when the file changes."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Condition:
    column: str
    op: str
    claim: str
    type: str


@dataclass(frozen=True)
class Policy:
    hash: str
    datasets: Mapping[str, Mapping[str, tuple[Condition, ...]]]
    # The same clauses by the name of the table or view: schema.table.
    tables: Mapping[str, Mapping[str, tuple[Condition, ...]]] = field(default_factory=dict)
    # The only tables that a SQL dataset may name, by the dataset's UUID.
    sql_datasets: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @cached_property
    def claims(self) -> frozenset[str]:
        """Returns every claim that a row clause binds."""
        return frozenset(
            condition.claim
            for roles in self.datasets.values()
            for clause in roles.values()
            for condition in clause
        )

    def clause(self, dataset_uuid: str, role: str) -> tuple[Condition, ...] | None:
        return self.datasets.get(dataset_uuid, {}).get(role)


def _condition(raw: dict[str, Any]) -> Condition:
    return Condition(column=raw["column"], op=raw["op"], claim=raw["claim"], type=raw["type"])


def parse_policy(text: str) -> Policy:
    raw = json.loads(text)
    if raw["version"] != 1:
        raise ValueError(f"version is {raw['version']!r}; this Superset reads version 1")
    datasets = {
        uuid: {role: tuple(_condition(c) for c in clause["all"]) for role, clause in dataset["roles"].items()}
        for uuid, dataset in raw["datasets"].items()
    }
    return Policy(
        hash=raw["hash"],
        datasets=datasets,
        tables={dataset["table"]: datasets[uuid] for uuid, dataset in raw["datasets"].items()},
        sql_datasets={uuid: frozenset(tables) for uuid, tables in raw["sqlDatasets"].items()},
    )


class PolicyFile:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._policy = Policy(hash="", datasets={})

    def current(self) -> Policy:
        """Returns the current policy. An unreadable file denies everything, so that no rule outlives its
        file."""
        try:
            stat = self._path.stat()
        except OSError:
            return Policy(hash="", datasets={})
        seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if seen != self._seen:
            with self._lock:
                try:
                    self._policy = parse_policy(self._path.read_text(encoding="utf-8"))
                except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
                    logger.error("policy %s is not usable, every guest is denied: %s", self._path, error)
                    self._policy = Policy(hash="", datasets={})
                self._seen = seen
        return self._policy
