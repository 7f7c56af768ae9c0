"""Row clauses: the compiled conditions with claims bound to them as typed literals."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy import BigInteger, Date, Text, and_, cast, column, literal
from sqlalchemy.dialects import postgresql

from homeroom_superset.policy.compiled import Condition

NOTHING = "1 = 0"
MAX_BIGINT = 2**63 - 1
# Superset runs clauses through Jinja and reads ":name" as a parameter, so text may have harmless characters
# only.
PLAIN_TEXT = re.compile(r"[\w &+,/().@-]{1,200}")
UUID_TEXT = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def _integer(value: Any) -> Any | None:
    good = type(value) is int and -MAX_BIGINT <= value <= MAX_BIGINT
    return literal(value, BigInteger) if good else None


def _text(value: Any) -> Any | None:
    return literal(value, Text) if isinstance(value, str) and PLAIN_TEXT.fullmatch(value) else None


def _uuid(value: Any) -> Any | None:
    good = isinstance(value, str) and UUID_TEXT.fullmatch(value)
    return cast(literal(value, Text), postgresql.UUID) if good else None


def _date(value: Any) -> Any | None:
    try:
        good = isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        good = False
    return cast(literal(value, Text), Date) if good else None


SCALAR_LITERALS: Mapping[str, Callable[[Any], Any | None]] = {
    "integer": _integer,
    "text": _text,
    "uuid": _uuid,
    "date": _date,
}
SET_LITERALS: Mapping[str, Callable[[Any], Any | None]] = {
    "integer_set": _integer,
    "text_set": _text,
    "uuid_set": _uuid,
}


def _bound(condition: Condition, value: Any) -> Any | None:
    name = column(condition.column)
    if condition.op == "eq" and condition.type in SCALAR_LITERALS:
        bound = SCALAR_LITERALS[condition.type](value)
        return None if bound is None else name == bound
    if condition.op == "in" and condition.type in SET_LITERALS:
        if not isinstance(value, list | tuple) or not value:
            return None
        elements = [SET_LITERALS[condition.type](element) for element in value]
        return None if any(element is None for element in elements) else name.in_(elements)
    return None


def row_clause(conditions: Sequence[Condition] | None, claims: Mapping[str, Any]) -> str:
    """Returns the SQL clause of the guest's rows. A claim that is missing, unknown or of the wrong type shows
    none."""
    if not conditions:
        return NOTHING
    parts = []
    for condition in conditions:
        part = _bound(condition, claims.get(condition.claim))
        if part is None:
            return NOTHING
        parts.append(part)
    compiled = and_(*parts).compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True})
    return str(compiled)
