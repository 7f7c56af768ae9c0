"""Pseudonyms and keys of people, from the vault by way of the collector, kept for 15 minutes.

While the vault is away a person gets a provisional pseudonym and key, which the vault takes up later: an
event never waits for it, and never holds a clear identity.
"""

from __future__ import annotations

import secrets
import threading
import time
from base64 import b64decode, b64encode
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from homeroom_superset.audit.collector import Collector, CollectorAway

KEEP_SECONDS = 900.0
MOST_KEPT = 20_000
RETRY_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Subject:
    """`pid` is 32 hex digits, the same for a person in a tenant; `key` has 32 bytes."""

    pid: str
    key: bytes


@dataclass(frozen=True, slots=True)
class Person:
    """`kind` is guest, user or stranger; a stranger's id is what somebody typed as a name."""

    tenant: str
    kind: str
    user_id: str


@dataclass(slots=True)
class _Kept:
    subject: Subject
    until: float
    provisional: bool


class Subjects:
    def __init__(self, collector: Collector, clock: Callable[[], float] = time.monotonic) -> None:
        self._collector = collector
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[Person, _Kept] = OrderedDict()

    def of(self, person: Person) -> Subject:
        now = self._clock()
        with self._lock:
            kept = self._kept.get(person)
            if kept is not None and now < kept.until:
                return kept.subject
        subject, provisional = self._find(person, kept)
        with self._lock:
            self._kept[person] = _Kept(
                subject, now + (RETRY_SECONDS if provisional else KEEP_SECONDS), provisional
            )
            self._kept.move_to_end(person)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
        return subject

    def _find(self, person: Person, kept: _Kept | None) -> tuple[Subject, bool]:
        who = {"tenant": person.tenant, "kind": person.kind, "user_id": person.user_id}
        provisional = kept is not None and kept.provisional
        if kept is not None and provisional:
            proposed = {"pid": kept.subject.pid, "key": b64encode(kept.subject.key).decode()}
            question = {"op": "provisional", **who, **proposed}
        else:
            question = {"op": "subject", **who}
        try:
            answer = self._collector.ask(question)
            return Subject(str(answer["pid"]), b64decode(answer["key"])), False
        except (CollectorAway, KeyError, ValueError):
            if kept is not None:
                return kept.subject, provisional
            return Subject(secrets.token_hex(16), secrets.token_bytes(32)), True
