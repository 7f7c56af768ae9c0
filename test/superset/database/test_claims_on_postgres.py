"""The pool and the signed claims against a real PostgreSQL with the shipped lock."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from typing import Any

import psycopg2
import pytest
from homeroom_superset.database.connections import BudgetSpent, ConnectionPool, PooledConnection, Signer
from homeroom_superset.database.signed_claims import sign_claims
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from postgres import KEY, Postgres, schools_database


@pytest.fixture(scope="module")
def schools() -> Iterator[Postgres]:
    with schools_database() as running:
        yield running


def signer(school: int = 42, secret: str = KEY) -> Signer:
    claims = {"role": "principal", "tenant": "north", "school_id": school}
    return lambda database, pid, began: sign_claims(secret, claims, database, pid, began)


def pool_on(schools: Postgres, size: int = 1) -> ConnectionPool:
    return ConnectionPool(
        lambda: schools.connect("analytics_reader", connection_factory=PooledConnection), size, 30.0
    )


def seen(conn: Any) -> list[int]:
    with conn.cursor() as cursor:
        cursor.execute("select distinct school_id from finances order by 1")
        return [school for (school,) in cursor.fetchall()]


def test_each_transaction_of_a_checkout_carries_the_claims(schools: Postgres) -> None:
    conn = pool_on(schools).checkout(signer())
    assert seen(conn) == [42]
    conn.commit()
    assert seen(conn) == [42]
    conn.rollback()
    assert seen(conn) == [42]
    conn.close()


def test_a_checkout_without_claims_sees_nothing_on_a_connection_that_had_some(schools: Postgres) -> None:
    pool = pool_on(schools)
    first = pool.checkout(signer())
    assert seen(first) == [42]
    first.close()
    second = pool.checkout(None)
    assert second is first
    assert seen(second) == []
    second.close()


def test_a_teacher_without_classes_sees_nothing_and_no_error(schools: Postgres) -> None:
    def teacher(classes: list[int]) -> Signer:
        claims = {"role": "teacher", "tenant": "north", "school_id": 42, "class_ids": classes}
        return lambda database, pid, began: sign_claims(KEY, claims, database, pid, began)

    conn = pool_on(schools).checkout(teacher([]))
    with conn.cursor() as cursor:
        cursor.execute("select count(*) from assessments")
        assert cursor.fetchone() == (0,)
    conn.close()


def test_a_statement_ends_when_the_time_of_its_request_is_spent(schools: Postgres) -> None:
    left = [60]
    conn = pool_on(schools).checkout(signer(), lambda: left[0])
    with conn.cursor() as cursor, pytest.raises(psycopg2.errors.QueryCanceled):
        cursor.execute("select pg_sleep(20)")
    conn.rollback()
    left[0] = 5000
    with conn.cursor() as cursor:
        cursor.execute("show statement_timeout")
        assert cursor.fetchone() == ("5s",)
    conn.close()


def test_a_request_without_time_left_asks_nothing_and_frees_its_connection(schools: Postgres) -> None:
    def spent() -> int:
        raise BudgetSpent("spent")

    pool = pool_on(schools)
    for _ in range(3):
        with pytest.raises(BudgetSpent):
            pool.checkout(signer(), spent)
    conn = pool.checkout(signer())
    assert seen(conn) == [42]
    conn.close()


def test_statements_that_begin_transactions_themselves_see_nothing(schools: Postgres) -> None:
    conn = pool_on(schools).checkout(signer())
    with conn.cursor() as cursor:
        cursor.execute("commit; begin")
        cursor.execute("select count(*) from finances")
        assert cursor.fetchone() == (0,)
    conn.close()


def leave_everything(conn: Any) -> None:
    with conn.cursor() as cursor:
        cursor.execute("select current_setting('homeroom.claims')")
        cursor.execute("select set_config('homeroom.claims', %s, false)", cursor.fetchone())
        cursor.execute("declare kept cursor with hold for select school_id from finances")
        cursor.execute("prepare asked as select school_id from finances")
        cursor.execute("select pg_advisory_lock(42)")
        cursor.execute("listen whispers")
        cursor.execute("set search_path = pg_temp; set row_security = off")
    conn.commit()


def test_nothing_that_a_guest_leaves_in_the_session_reaches_the_next(schools: Postgres) -> None:
    pool = pool_on(schools)
    first = pool.checkout(signer())
    leave_everything(first)
    first.close()
    second = pool.checkout(signer(43))
    assert second is first
    assert seen(second) == [43]
    with second.cursor() as cursor:
        for question in (
            "select count(*) from pg_cursors",
            "select count(*) from pg_prepared_statements",
            "select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()",
            "select count(*) from pg_listening_channels()",
            "select count(*) from pg_settings where name = 'search_path' and source = 'session'",
        ):
            cursor.execute(question)
            assert cursor.fetchone() == (0,), question
    second.close()


def test_a_guest_who_replays_the_text_of_the_one_before_is_refused(schools: Postgres) -> None:
    pool = pool_on(schools)
    first = pool.checkout(signer(43))
    with first.cursor() as cursor:
        cursor.execute("select current_setting('homeroom.claims')")
        (stolen,) = cursor.fetchone()
    first.close()
    second = pool.checkout(signer(42))
    with second.cursor() as cursor:
        cursor.execute("select set_config('homeroom.claims', %s, true)", (stolen,))
        with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="another transaction"):
            cursor.execute("select * from finances")
    second.rollback()
    assert seen(second) == [42]
    second.close()


def test_a_key_that_the_database_does_not_have_is_refused_aloud(schools: Postgres) -> None:
    conn = pool_on(schools).checkout(signer(secret="x" * 48))
    with pytest.raises(psycopg2.errors.InsufficientPrivilege, match="no such key"):
        seen(conn)
    conn.close()


def test_a_cancelled_and_a_failed_query_leave_no_claim(schools: Postgres) -> None:
    pool = pool_on(schools)
    conn = pool.checkout(signer(43))
    cancelled = threading.Event()

    def cancel() -> None:
        # A cancellation that comes before its query has begun does nothing.
        while not cancelled.wait(0.1):
            conn.cancel()

    thread = threading.Thread(target=cancel)
    thread.start()
    try:
        with pytest.raises(psycopg2.errors.QueryCanceled), conn.cursor() as cursor:
            cursor.execute("select pg_sleep(20), * from finances")
    finally:
        cancelled.set()
        thread.join()
    conn.close()
    again = pool.checkout(None)
    assert again is conn
    assert seen(again) == []
    again.close()
    failing = pool.checkout(signer(43))
    with pytest.raises(psycopg2.errors.DivisionByZero), failing.cursor() as cursor:
        cursor.execute("select 1 / 0")
    failing.close()
    after = pool.checkout(signer(42))
    assert seen(after) == [42]
    after.close()


def test_a_connection_that_the_server_ended_is_replaced(schools: Postgres) -> None:
    pool = pool_on(schools)
    conn = pool.checkout(signer())
    pid = conn.info.backend_pid
    conn.close()
    schools.run("postgres", f"select pg_terminate_backend({pid})")
    time.sleep(0.1)
    other = pool.checkout(signer())
    assert other is not conn
    assert seen(other) == [42]
    other.close()


def test_threads_that_cancel_fail_and_finish_never_see_another_school(schools: Postgres) -> None:
    pool = pool_on(schools, 4)
    wrong: list[Any] = []

    def work(number: int) -> None:
        chance = random.Random(number)
        for _ in range(40):
            school = chance.choice((42, 43, None))
            conn = pool.checkout(None if school is None else signer(school))
            try:
                found = seen(conn)
                if found != ([] if school is None else [school]):
                    wrong.append((school, found))
                outcome = chance.random()
                if outcome < 0.2:
                    with conn.cursor() as cursor:
                        cursor.execute("select 1 / 0")
                elif outcome < 0.4:
                    conn.commit()
                elif outcome < 0.5:
                    leave_everything(conn) if school else conn.rollback()
            except psycopg2.Error:
                pass
            finally:
                conn.close()

    threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_an_engine_of_superset_s_kind_works_on_the_pool(schools: Postgres) -> None:
    pool = pool_on(schools)
    for school in (42, 43):
        engine = create_engine(
            "postgresql+psycopg2://",
            poolclass=NullPool,
            creator=lambda school=school: pool.checkout(signer(school)),
            use_native_hstore=False,
        )
        with engine.connect() as conn:
            assert conn.execute(text("select distinct school_id from finances")).scalars().all() == [school]
        raw = engine.raw_connection()
        assert seen(raw) == [school]
        raw.close()
