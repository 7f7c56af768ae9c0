"""A pool of connections that carry one guest's claims for one checkout.

Superset makes an engine for every query and forbids it to pool, so the pool sits below SQLAlchemy:
connections whose close() cleans them and gives them back.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Mapping

import psycopg2
from psycopg2.extensions import STATUS_READY, TRANSACTION_STATUS_UNKNOWN, connection

logger = logging.getLogger(__name__)

SETTINGS = ("app.tenant", "app.role", "app.school_id", "app.class_ids", "app.student_id")
NO_CLAIMS: Mapping[str, str] = dict.fromkeys(SETTINGS, "")


class PoolExhausted(psycopg2.OperationalError):
    """No connection became free in time."""


class PooledConnection(connection):
    """close() returns it to its pool; really_close() ends it."""

    give_back: Callable[[PooledConnection], None] | None = None

    def close(self) -> None:
        give_back, self.give_back = self.give_back, None
        if give_back is not None:
            give_back(self)

    def really_close(self) -> None:
        self.give_back = None
        super().close()


def clean(conn: PooledConnection) -> bool:
    """No claim may survive its checkout: a connection that cannot be cleaned is closed."""
    try:
        if conn.closed:
            return False
        conn.rollback()
        conn.set_session(autocommit=False, readonly=False)
        with conn.cursor() as cursor:
            # `reset all` leaves the role alone, and a session without it sees nothing.
            cursor.execute("reset all")
            cursor.execute("reset role")
        conn.commit()
        return conn.status == STATUS_READY and conn.info.transaction_status != TRANSACTION_STATUS_UNKNOWN
    except psycopg2.Error:
        return False


def set_claims(conn: PooledConnection, claims: Mapping[str, str]) -> None:
    with conn.cursor() as cursor:
        for name in SETTINGS:
            cursor.execute("select set_config(%s, %s, false)", (name, claims.get(name, "")))
    # A later rollback would otherwise undo the setting.
    conn.commit()


class ConnectionPool:
    def __init__(self, connect: Callable[[], PooledConnection], size: int, wait_seconds: float) -> None:
        self._connect = connect
        self._size = size
        self._wait = wait_seconds
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[PooledConnection] = []
        self._slots = threading.BoundedSemaphore(self._size)

    def take(self, claims: Mapping[str, str]) -> PooledConnection:
        if self._pid != os.getpid():
            # A forked worker must not speak on its parent's sockets.
            self._start()
        if not self._slots.acquire(timeout=self._wait):
            raise PoolExhausted(
                f"all {self._size} analytics connections are busy for {self._wait:g} s; try again"
            )
        try:
            return self._ready(claims)
        except BaseException:
            self._slots.release()
            raise

    def _ready(self, claims: Mapping[str, str]) -> PooledConnection:
        while (conn := self._pop()) is not None:
            try:
                set_claims(conn, claims)
                break
            except psycopg2.Error:
                # The server ended it while it was idle.
                conn.really_close()
        if conn is None:
            conn = self._connect()
            try:
                set_claims(conn, claims)
            except BaseException:
                conn.really_close()
                raise
        conn.give_back = self._give_back
        return conn

    def _pop(self) -> PooledConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _give_back(self, conn: PooledConnection) -> None:
        try:
            if clean(conn):
                with self._lock:
                    self._idle.append(conn)
            else:
                conn.really_close()
        finally:
            self._slots.release()
