"""Tests what reaches a log: canaries of SQL, typed text and persons in every way to write a line."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask, g
from homeroom_superset.gate.cookies import DROPPED
from homeroom_superset.logs import records
from homeroom_superset.logs.rate import LineRate
from homeroom_superset.logs.records import SafeRecords
from homeroom_superset.logs.redact import LONGEST_LINE, redact

CANARIES = ("Canary", "4201", "ann@school.example", "eyJhbGciOiJSUzI1NiJ9")
SQL = "SELECT a, 4201 FROM t WHERE name = 'Canary' AND mail IN ('ann@school.example') -- Canary\n LIMIT 4201"
FAILURE = (
    '(psycopg2.errors.InvalidTextRepresentation) invalid input syntax for type integer: "Canary 4201"\n'
    "LINE 1: WHERE x = 'Canary\n[SQL: SELECT 4201]\n[parameters: {'x': 'Canary'}]"
)


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    stream, before = io.StringIO(), logging.getLogRecordFactory()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("superset.views")
    logger.addHandler(handler)
    logger.propagate = False
    logging.setLogRecordFactory(SafeRecords(logging.LogRecord))
    yield stream
    logging.setLogRecordFactory(before)
    logger.removeHandler(handler)
    logger.propagate = True


def write_everything() -> None:
    logger = logging.getLogger("superset.views")
    logger.warning("query failed: %s", SQL)
    logger.warning(SQL)
    logger.error("the token eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJDYW5hcnkifQ.x of ann@school.example")
    logger.error('invalid input syntax for type integer: "Canary"')
    logger.error("Error on request /api/v1/x?q=Canary")
    try:
        try:
            raise ValueError(FAILURE)
        except ValueError as cause:
            raise RuntimeError(FAILURE) from cause
    except RuntimeError as error:
        logger.exception(ValueError("no column Canary"))
        logger.exception(error)
        logger.warning("a chart failed", exc_info=True)
        logger.warning("with a stack", stack_info=True)


def test_no_line_of_anybody_tells_a_value_of_sql_a_token_or_an_address(written: io.StringIO) -> None:
    write_everything()
    text = written.getvalue()
    for canary in CANARIES:
        assert canary not in text
    assert "builtins.RuntimeError, caused by builtins.ValueError at " in text
    assert "write_everything" in text
    assert len(text.splitlines()) == 9


@pytest.mark.parametrize("environ", [{DROPPED: True}, {}])
def test_a_guests_lines_keep_what_the_programmer_wrote(written: io.StringIO, environ: dict[str, Any]) -> None:
    app = Flask("x")
    with app.test_request_context("/", environ_overrides=environ):
        if not environ:
            g.homeroom_claims = object()
        g.homeroom_request_id = "0123456789abcdef"
        logging.getLogger("superset.views").warning("filter %s of %s failed", "Canary", 4201)
        logging.getLogger("superset.views").warning("filter Canary failed")
        logging.getLogger("superset.views").warning({"text": "Canary"})
        write_everything()
    text = written.getvalue()
    for canary in CANARIES:
        assert canary not in text
    lines = text.splitlines()
    assert all(line.startswith("request 0123456789abcdef: ") for line in lines)
    assert "filter %s of %s failed (superset.views, line " in lines[0]
    assert "message withheld (superset.views, line " in lines[1]


def test_our_own_lines_are_whole_for_guests_too(written: io.StringIO) -> None:
    ours = SafeRecords(logging.LogRecord)
    with Flask("x").test_request_context("/", environ_overrides={DROPPED: True}):
        record = ours("homeroom_superset.x", logging.INFO, "f.py", 1, "kept for %d s", (5,), None)
    assert record.getMessage() == "kept for 5 s"


def test_the_factory_is_wrapped_once(monkeypatch: pytest.MonkeyPatch) -> None:
    before = logging.getLogRecordFactory()
    try:
        records.install_records()
        once = logging.getLogRecordFactory()
        records.install_records()
        assert logging.getLogRecordFactory() is once
    finally:
        logging.setLogRecordFactory(before)
        logging.captureWarnings(False)


@pytest.mark.parametrize(
    "text",
    [
        SQL,
        FAILURE,
        "INSERT INTO t (a) VALUES ('Canary', 4201)",
        "update t set a = E'it\\'s Canary' where b = $$Canary$$",
        "SELECT 'unterminated Canary",
        "delete from t where a = U&'Canary' or b = B'4201' or c = X'4201' or d = -4201e4201",
        "with x as (select 4201) select $x$Canary$x$ /* Canary */",
        'WHERE "Canary" = 4201',
        "(psycopg2.errors.UniqueViolation) duplicate key\nDETAIL: Key (name)=(Canary) already exists.",
    ],
)
def test_literals_of_sql_become_marks_however_they_are_written(text: str) -> None:
    for canary in CANARIES:
        assert canary not in redact(text)


def test_ordinary_lines_stay_as_they_are() -> None:
    for line in (
        "Booting worker with pid: 123",
        "key set /x/jwks.json is not usable",
        "Listening at: 8088 (42)",
    ):
        assert redact(line) == line


def test_a_line_is_one_line_and_has_an_end() -> None:
    assert len(redact("x" * 10**6)) == LONGEST_LINE
    assert "\n" not in redact("a\nb\r\n c")


def test_lines_of_a_second_are_bounded_and_the_rest_counted() -> None:
    now = 1000.0
    rate = LineRate(3, lambda: now)

    def write(count: int) -> list[str]:
        made = [logging.makeLogRecord({"msg": "x"}) for _ in range(count)]
        return [str(record.msg) for record in made if rate.filter(record)]

    assert write(10) == ["x"] * 3
    now += 1
    assert write(2) == ["x (7 lines before this one were not written)", "x"]
