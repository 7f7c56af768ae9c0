"""The chain of one process: each event names the hash of the event before."""

from __future__ import annotations

import logging
import os
import re
import secrets
import socket
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from homeroom_superset.audit.canonical import MOST_HEADER_BYTES, encode
from homeroom_superset.audit.catalogue import Kind
from homeroom_superset.audit.leaf import FIRST_PREV, SALT_BYTES, Leaf, make_leaf
from homeroom_superset.audit.spool import Spool
from homeroom_superset.audit.uuid7 import uuid7

logger = logging.getLogger(__name__)

MOST_KEPT = 10_000
"""Events that are kept in memory while the spool cannot be written."""
HEARTBEAT_SECONDS = 60.0
CHECK_SECONDS = 1.0
SUCCESS, FAILURE = 1, 2


def writer_name() -> str:
    """Returns a name for this process: its host and its process id."""
    host = re.sub(r"[^a-z0-9._-]", "-", socket.gethostname().lower()).strip("-._")[:48] or "host"
    return f"{host}-{os.getpid()}"


class Chain:
    """Threads of a process share one chain. A forked child must make its own, or two would share an epoch."""

    def __init__(
        self,
        directory: Path,
        origin: str,
        kinds: Mapping[str, Kind],
        config_hash: str,
        writer: str | None = None,
        clock: Callable[[], float] = time.time,
        make_spool: Callable[[Path, str], Spool] = Spool,
    ) -> None:
        self._origin = origin
        self._kinds = kinds
        self._clock = clock
        self._directory = directory
        self._make_spool = make_spool
        self._lock = threading.Lock()
        self._key = Ed25519PrivateKey.generate()
        self.writer = writer or writer_name()
        self._waiting: deque[Leaf] = deque()
        self._missed = 0
        self._last_ts = 0
        self._begin(config_hash)

    def _begin(self, config_hash: str) -> None:
        # One microsecond later than all that went before, so that two chains never share an epoch.
        self._last_ts += 1
        self.epoch = self._now()
        self._config_hash = config_hash
        self._seq = 0
        self._prev = FIRST_PREV
        self._spool = self._make_spool(self._directory, f"{self.writer}.{self.epoch}")
        self._checked = self._beat = time.monotonic()
        public = self._key.public_key().public_bytes_raw().hex()
        self._add("writer.started", SUCCESS, {"config_hash": config_hash, "public_key": public})

    def append(
        self, name: str, status: int, payload: Mapping[str, Any], retention: str | None = None
    ) -> Leaf | None:
        """Records one event; when it returns, the operating system has it. Returns None when neither the
        spool nor the memory had room: the next event that finds room says how many were missed."""
        with self._lock:
            self._check_spool()
            if len(self._waiting) >= MOST_KEPT and not self._write_waiting():
                self._missed += 1
                return None
            self._declare_missed()
            return self._add(name, status, payload, retention)

    def heartbeat(self) -> None:
        """Says that this process is alive, with its signature of the chain's head, if it is time to."""
        with self._lock:
            self._check_spool()
            if self._waiting:
                self._write_waiting()
            if time.monotonic() - self._beat >= HEARTBEAT_SECONDS and not self._waiting:
                self._beat = time.monotonic()
                self._add("writer.heartbeat", SUCCESS, self._signed_head())

    def flush(self) -> None:
        with self._lock:
            self._spool.flush()

    def close(self) -> None:
        """Says that this process ends on purpose; a chain without this end was killed."""
        with self._lock:
            self._declare_missed()
            self._add("writer.stopped", SUCCESS, self._signed_head())
            self._spool.close()

    @property
    def waiting(self) -> int:
        """Events in memory that the spool has not taken."""
        return len(self._waiting)

    def _signed_head(self) -> dict[str, Any]:
        return {"head": self._prev, "head_signature": self._key.sign(bytes.fromhex(self._prev)).hex()}

    def _now(self) -> int:
        # Time never goes back within a chain, whatever the machine's clock does.
        self._last_ts = max(self._last_ts, int(self._clock() * 1_000_000))
        return self._last_ts

    def _declare_missed(self) -> None:
        if self._missed > 0 and len(self._waiting) < MOST_KEPT:
            missed, self._missed = self._missed, 0
            self._add("writer.gap", FAILURE, {"result": {"rows": missed}})

    def _add(self, name: str, status: int, payload: Mapping[str, Any], retention: str | None = None) -> Leaf:
        kind = self._kinds[name]
        ts = self._now()
        body = encode({"id": uuid7(ts), "name": name, "origin_kind": "system", **payload})
        header = encode(
            {
                "v": 1,
                "origin": self._origin,
                "writer": self.writer,
                "epoch": self.epoch,
                "seq": self._seq,
                "ts": ts,
                "class": kind.ocsf_class,
                "activity": kind.activity,
                "status": status,
                "retention": retention or kind.retention,
                "prev": self._prev,
            },
            MOST_HEADER_BYTES,
        )
        leaf = make_leaf(header, secrets.token_bytes(SALT_BYTES), body)
        self._seq += 1
        self._prev = leaf.hash.hex()
        self._waiting.append(leaf)
        self._write_waiting()
        return leaf

    def _write_waiting(self) -> bool:
        """Writes what waits, in order. Returns whether nothing waits any more."""
        try:
            while self._waiting:
                self._spool.append(self._waiting[0].line())
                self._waiting.popleft()
        except OSError as error:
            logger.error("audit: the spool cannot be written (%s); %d events wait", error, len(self._waiting))
            return False
        return True

    def _check_spool(self) -> None:
        """Once a second: a spool that somebody unlinked is left, and a new chain says so by its start."""
        now = time.monotonic()
        if now - self._checked < CHECK_SECONDS:
            return
        self._checked = now
        if self._spool.is_gone():
            logger.error("audit: the spool %s is gone; a new chain begins", self._spool.path)
            self._spool.close()
            self._missed += len(self._waiting)
            self._waiting.clear()
            self._begin(self._config_hash)
