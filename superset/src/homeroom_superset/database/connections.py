"""A pool of connections that carry one guest's claims for one checkout.

Superset makes an engine for every query and forbids it to pool, so the pool sits below SQLAlchemy:
connections whose close() cleans them and gives them back. Claims are signed for each transaction,
at its first statement: the text of one is worth nothing in any other.
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
"""(database, backend, beginning of the transaction) to the signed claims of a guest."""

Budget = Callable[[], int]
"""Milliseconds that the next transaction's statements may take each; raises BudgetSpent when none is left."""

CLEANING = "; ".join(
    (
        "close all",
        "reset all",
        # `reset all` leaves the role alone, and a session without it sees nothing.
        "reset role",
        "deallocate all",
        "unlisten *",
        "select pg_advisory_unlock_all()",
        "discard temp",
        "discard sequences",
    )
)


class PoolExhausted(psycopg2.OperationalError):
    """No connection became free in time."""


class BudgetSpent(psycopg2.OperationalError):
    """The request has used all its time before it came to this query."""


class ClaimCursor(cursor):
    """Claims go before the statement that begins a transaction; other ways to begin one show no row."""

    def execute(self, query: Any, vars: Any = None) -> None:
        cast(PooledConnection, self.connection).bind()
        super().execute(query, vars)


class PooledConnection(connection):
    """close() returns it to its pool; really_close() ends it."""

    give_back: Callable[[PooledConnection], None] | None = None
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
        give_back, self.give_back = self.give_back, None
        if give_back is not None:
            give_back(self)

    def really_close(self) -> None:
        self.give_back = None
        super().close()


def clean(conn: PooledConnection) -> bool:
    """Nothing of a guest may survive the checkout: a connection that cannot be cleaned is closed."""
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
    """Begins the first transaction, which also tells whether the server is still there."""
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

    def take(self, signer: Signer | None, budget: Budget | None = None) -> PooledConnection:
        """Without a signer the row policies show nothing; the budget of a guest goes with the signer."""
        if self._pid != os.getpid():
            # A forked worker must not speak on its parent's sockets.
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
                conn.really_close()
                continue
            try:
                prepare(conn, signer, budget)
                break
            except BudgetSpent:
                conn.really_close()
                raise
            except psycopg2.Error:
                # The server ended it while it was idle.
                conn.really_close()
        if conn is None:
            conn = self._connect()
            try:
                prepare(conn, signer, budget)
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
