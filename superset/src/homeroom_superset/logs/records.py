"""Every record of every logger of the process, made safe before any handler sees it."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Callable
from types import TracebackType
from typing import Any

from homeroom_superset.gate.current import by_guest
from homeroom_superset.logs.redact import redact, without_quotes
from homeroom_superset.logs.request_id import request_id

OURS = ("homeroom", "homeroom_superset")
MOST_PLACES = 12
"""The most places of a traceback: the innermost calls, which tell most."""

Factory = Callable[..., logging.LogRecord]


def install_records() -> None:
    """Wraps the factory once, however often an application is made in the process."""
    current = logging.getLogRecordFactory()
    if not isinstance(current, SafeRecords):
        logging.setLogRecordFactory(SafeRecords(current))
        logging.captureWarnings(True)


class SafeRecords:
    """Messages lose the literals of SQL, tokens and addresses; those of a guest's request every value."""

    def __init__(self, make: Factory) -> None:
        self._make = make

    def __call__(self, *arguments: Any, **named: Any) -> logging.LogRecord:
        record = self._make(*arguments, **named)
        # logging.makeLogRecord gives none.
        name = str(record.name)
        if name.startswith("homeroom.events"):
            # Lines of a fixed form: contract/events.schema.json.
            return record
        if name.startswith(OURS):
            text = _message(record)
        else:
            text = _constant(record) if by_guest() else without_quotes(_message(record))
        if record.exc_info and record.exc_info[0] is not None:
            text = f"{text}: {_failure(*record.exc_info)}"
        if (identity := request_id()) is not None:
            text = f"request {identity}: {text}"
        record.msg, record.args = redact(text), ()
        # The formatter would write the traceback with the messages of all errors in it.
        record.exc_info = record.exc_text = record.stack_info = None
        return record


def _message(record: logging.LogRecord) -> str:
    if isinstance(record.msg, BaseException):
        # Its text quotes what was typed; with exc_info, class and place follow.
        return f"error {type(record.msg).__module__}.{type(record.msg).__qualname__}"
    try:
        return record.getMessage()
    except Exception:
        return str(record.msg)


def _constant(record: logging.LogRecord) -> str:
    """Returns what a programmer wrote, without the values put in; a whole text may hold anything."""
    place = f"{record.name}, line {record.lineno}"
    return (
        f"{record.msg} ({place})"
        if record.args and isinstance(record.msg, str)
        else f"message withheld ({place})"
    )


def _failure(kind: type[BaseException], error: BaseException | None, trace: TracebackType | None) -> str:
    """Class and place, never the text of an error, which quotes what was typed."""
    places = [f"{f.filename}:{f.lineno} {f.name}" for f in traceback.extract_tb(trace)[-MOST_PLACES:]]
    cause = error.__cause__ if error is not None else None
    caused = f", caused by {type(cause).__module__}.{type(cause).__qualname__}" if cause is not None else ""
    return f"{kind.__module__}.{kind.__qualname__}{caused} at {' < '.join(reversed(places)) or 'no place'}"
