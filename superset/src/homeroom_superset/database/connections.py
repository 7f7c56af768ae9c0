"""A pool of connections that carry one guest's claims for one checkout.

Superset creates an engine without a pool for every query, so this pool is below SQLAlchemy: close() cleans a
connection and returns it. Claims are signed for each transaction, at its first statement, and are not valid
in any other.
"""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable
from typing import Any, cast

import psycopg2
from psycopg2.extensions import (
    STATUS_READY,
    TRANSACTION_STATUS_IDLE,
    TRANSACTION_STATUS_UNKNOWN,
    connection,
    cursor,
)

from homeroom_superset.database.login import Login
from homeroom_superset.database.signed_claims import SETTING, TRANSACTION_SQL

logger = logging.getLogger(__name__)

Signer = Callable[[str, int, int], str]
"""Maps database, backend pid and the transaction's beginning to the signed claims of a guest."""

Budget = Callable[[], int]
"""Returns the milliseconds that each statement of the next transaction may take; raises BudgetSpent at
none."""

CLEANING = "; ".join(
    (
        "close all",
        "reset all",
        # `reset all` does not reset the role.
        "reset role",
        "deallocate all",
        "unlisten *",
        "select pg_advisory_unlock_all()",
        "discard temp",
        "discard sequences",
    )
)


class PoolExhausted(psycopg2.OperationalError):
    """Raised when no connection became free in time."""


class BudgetSpent(psycopg2.OperationalError):
    """Raised when the request has used all its time before this query."""


class ClaimCursor(cursor):
    """A cursor that sets the claims before the first statement of a transaction. A transaction begun in
    another way has no claims and shows no row."""

    def execute(self, query: Any, vars: Any = None) -> None:
        cast(PooledConnection, self.connection).bind()
        super().execute(query, vars)


class PooledConnection(connection):
    """A connection of which close() returns it to its pool and discard() ends it."""

    return_to_pool: Callable[[PooledConnection], None] | None = None
    signer: Signer | None = None
    budget: Budget | None = None
    login: Login | None = None

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self.cursor_factory = ClaimCursor

    def bind(self) -> None:
        signer = self.signer
        if signer is None or self.autocommit or self.info.transaction_status != TRANSACTION_STATUS_IDLE:
            return
        with self.cursor(cursor_factory=cursor) as plain:
            plain.execute(TRANSACTION_SQL)
            database, pid, began = cast(tuple[str, int, int], plain.fetchone())
            settings = {SETTING: signer(database, pid, began)}
            if self.budget is not None:
                settings["statement_timeout"] = str(self.budget())
            plain.execute(
                f"select {', '.join(['set_config(%s, %s, true)'] * len(settings))}",
                [part for setting in settings.items() for part in setting],
            )

    def close(self) -> None:
        return_to_pool, self.return_to_pool = self.return_to_pool, None
        if return_to_pool is not None:
            return_to_pool(self)

    def discard(self) -> None:
        self.return_to_pool = None
        super().close()


def clean(conn: PooledConnection) -> bool:
    """Removes a guest's state from a connection and tells whether that worked; otherwise the caller discards
    it."""
    conn.signer = conn.budget = None
    try:
        if conn.closed:
            return False
        conn.rollback()
        conn.set_session(autocommit=False, readonly=False)
        with conn.cursor() as plain:
            plain.execute(CLEANING)
        conn.commit()
        return conn.status == STATUS_READY and conn.info.transaction_status != TRANSACTION_STATUS_UNKNOWN
    except psycopg2.Error:
        return False


def prepare(conn: PooledConnection, signer: Signer | None, budget: Budget | None) -> None:
    """Begins the first transaction, which fails when the server has closed the connection."""
    conn.signer, conn.budget = signer, budget
    with conn.cursor() as first:
        first.execute("select 1")


class ConnectionPool:
    def __init__(
        self,
        connect: Callable[[], PooledConnection],
        size: int,
        wait_seconds: float,
        is_current: Callable[[PooledConnection], bool] = lambda _: True,
    ) -> None:
        self._connect = connect
        self._is_current = is_current
        self._size = size
        self._wait = wait_seconds
        self._start()

    def _start(self) -> None:
        self._pid = os.getpid()
        self._lock = threading.Lock()
        self._idle: list[PooledConnection] = []
        self._slots = threading.BoundedSemaphore(self._size)

    def checkout(self, signer: Signer | None, budget: Budget | None = None) -> PooledConnection:
        """Returns a connection for one checkout. Without a signer the row policies show no row. `budget`
        limits a guest's statements. Raises PoolExhausted after the waiting time."""
        if self._pid != os.getpid():
            # A forked process must not use its parent's sockets.
            self._start()
        if not self._slots.acquire(timeout=self._wait):
            raise PoolExhausted(
                f"all {self._size} analytics connections are busy for {self._wait:g} s; try again"
            )
        try:
            return self._ready(signer, budget)
        except BaseException:
            self._slots.release()
            raise

    def _ready(self, signer: Signer | None, budget: Budget | None) -> PooledConnection:
        while (conn := self._pop()) is not None:
            if not self._is_current(conn):
                conn.discard()
                continue
            try:
                prepare(conn, signer, budget)
                break
            except BudgetSpent:
                conn.discard()
                raise
            except psycopg2.Error:
                # The server closed the connection while it was idle.
                conn.discard()
        if conn is None:
            conn = self._connect()
            try:
                prepare(conn, signer, budget)
            except BaseException:
                conn.discard()
                raise
        conn.return_to_pool = self._return
        return conn

    def _pop(self) -> PooledConnection | None:
        with self._lock:
            return self._idle.pop() if self._idle else None

    def _return(self, conn: PooledConnection) -> None:
        try:
            if clean(conn):
                with self._lock:
                    self._idle.append(conn)
            else:
                conn.discard()
        finally:
            self._slots.release()
