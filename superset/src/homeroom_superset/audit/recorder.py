"""The one door to the audit trail within a process."""

from __future__ import annotations

import logging
import os
import threading
import time
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from homeroom_superset.audit.canonical import NotCanonical
from homeroom_superset.audit.catalogue import Kind, read_kinds
from homeroom_superset.audit.chain import FAILURE, SUCCESS, Chain
from homeroom_superset.audit.collector import Collector, CollectorAway
from homeroom_superset.audit.leaf import Leaf
from homeroom_superset.audit.sealed_field import seal
from homeroom_superset.audit.subjects import Person, Subjects
from homeroom_superset.audit.uuid7 import uuid7
from homeroom_superset.refusal import ExpectedError

logger = logging.getLogger(__name__)

CHECK_SECONDS = 1.0
STRANGER = Person("", "stranger", "")
"""The person of an act by somebody unknown, who has the key of the day and no pseudonym."""


class AuditUnavailable(ExpectedError):
    """Raised in the profile `regulated` when an act that must be recorded first cannot be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One thing that happened. `actor` and `details` are members of the payload; `address`, `agent` and the
    values of `filters` are sealed under the person's key."""

    name: str
    person: Person = STRANGER
    failed: bool = False
    actor: Mapping[str, Any] | None = None
    details: Mapping[str, Any] | None = None
    address: str | None = None
    agent: str | None = None
    filters: tuple[tuple[str, str], ...] = ()


def storable(value: Any) -> Any:
    """Returns the value with its texts as the encoding wants them: what people type is never refused."""
    if isinstance(value, str):
        whole = value.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        return unicodedata.normalize("NFC", whole)
    if isinstance(value, Mapping):
        return {storable(name): storable(item) for name, item in value.items()}
    return [storable(item) for item in value] if isinstance(value, list | tuple) else value


class Recorder:
    """Records acts of this process. A fork makes a chain of its own at its first act."""

    def __init__(
        self,
        directory: Path,
        *,
        environment: str,
        origin: str,
        regulated: bool,
        contract_dir: Path,
        config_hash: str,
        app_version: str,
    ) -> None:
        self._directory = directory
        self._environment = environment
        self._origin = origin
        self._regulated = regulated
        self._config_hash = config_hash
        self._app_version = app_version
        self._kinds: Mapping[str, Kind] = read_kinds(contract_dir)
        self._lock = threading.Lock()
        self._chain: Chain | None = None
        self._pid = 0
        self._collector = Collector(directory)
        self._subjects = Subjects(self._collector)
        self._stop = threading.Event()

    def record(self, act: Act) -> None:
        """Records an act before the answer leaves. Never raises in the profile `standard`; in `regulated` an
        act of durability A that cannot be kept raises AuditUnavailable."""
        kind = self._kinds[act.name]
        try:
            leaf = self._append(act, kind)
            kept = kind.durability != "A" or self._acknowledged(leaf)
        except Exception:
            logger.exception("audit: %s was not recorded", act.name)
            kept = False
        if not kept and kind.durability == "A":
            logger.error("audit: %s is not acknowledged by the collector", act.name)
            if self._regulated:
                raise AuditUnavailable(act.name)

    def close(self) -> None:
        self._stop.set()
        with self._lock:
            if self._chain is not None and self._pid == os.getpid():
                self._chain.close()
                self._chain = None

    def _append(self, act: Act, kind: Kind) -> Leaf | None:
        chain = self._own_chain()
        retention = "h6" if self._regulated and kind.retention == "r1" else None
        status = FAILURE if act.failed else SUCCESS
        try:
            return chain.append(act.name, status, self._payload(act), retention)
        except NotCanonical as error:
            # The act counts more than its details: it is recorded with the reason that they are left out.
            reduced = replace(
                act, details={"result": {"error": f"details left out: one {error}"}}, filters=()
            )
            return chain.append(act.name, status, self._payload(reduced), retention)

    def _payload(self, act: Act) -> dict[str, Any]:
        identity = uuid7(time.time_ns() // 1000)
        subject = self._subjects.of(act.person)
        known = act.person.kind != "stranger"
        payload: dict[str, Any] = {
            "id": identity,
            "env": self._environment,
            "origin_kind": "client" if self._kinds[act.name].durability == "C" else "server",
            "app_version": self._app_version,
            **storable(act.details or {}),
        }
        if act.person.tenant:
            payload["tenant"] = act.person.tenant
        payload["actor"] = {
            "type": "unknown",
            **storable(act.actor or {}),
            **({"pid": subject.pid} if known else {}),
        }
        if not known and act.person.user_id:
            payload["actor"]["attempt_enc"] = seal(act.person.user_id, subject.key, identity)
        source = {
            name: seal(value[:500], subject.key, identity)
            for name, value in (("ip_enc", act.address), ("ua_enc", act.agent))
            if value
        }
        if source:
            payload["src"] = source
        if act.filters:
            payload["filters"] = [
                {"column": storable(column), "value_enc": seal(value, subject.key, identity)}
                for column, value in act.filters
            ]
        return payload

    def _acknowledged(self, leaf: Leaf | None) -> bool:
        if leaf is None:
            return False
        try:
            self._collector.ask({"op": "append", "line": leaf.line().decode().rstrip("\n")})
        except CollectorAway:
            return False
        return True

    def _own_chain(self) -> Chain:
        with self._lock:
            if self._chain is None or self._pid != os.getpid():
                self._pid = os.getpid()
                self._chain = Chain(self._directory, self._origin, self._kinds, self._config_hash)
                self._stop = threading.Event()
                threading.Thread(target=self._beat, args=(self._chain, self._stop), daemon=True).start()
            return self._chain

    @staticmethod
    def _beat(chain: Chain, stop: threading.Event) -> None:
        while not stop.wait(CHECK_SECONDS):
            try:
                chain.heartbeat()
                chain.flush()
            except Exception:
                logger.exception("audit: the heartbeat failed")
