"""Claims bound to a compiled clause as typed literals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import BigInteger, Text, and_, column, literal
from sqlalchemy.dialects import postgresql

from homeroom_superset.policy.compiled import Condition

NOTHING = "1 = 0"
LARGEST = 2**63 - 1
# Superset runs clauses through Jinja and reads ":name" as a parameter: text keeps to harmless characters.
PLAIN_TEXT = re.compile(r"[A-Za-z0-9 _.@-]{1,200}")


def _integer(value: Any) -> int | None:
    return value if type(value) is int and -LARGEST <= value <= LARGEST else None


def _bound(condition: Condition, value: Any) -> Any | None:
    name = column(condition.column)
    if condition.op == "eq" and condition.type == "integer":
        number = _integer(value)
        return None if number is None else name == literal(number, BigInteger)
    if condition.op == "eq" and condition.type == "text":
        good = isinstance(value, str) and PLAIN_TEXT.fullmatch(value)
        return name == literal(value, Text) if good else None
    if condition.op == "in" and condition.type == "integer_set":
        if not isinstance(value, list | tuple) or not value:
            return None
        numbers = [_integer(v) for v in value]
        if None in numbers:
            return None
        return name.in_([literal(n, BigInteger) for n in numbers])
    return None


def row_clause(conditions: Sequence[Condition] | None, claims: Mapping[str, Any]) -> str:
    """SQL text that shows the guest's rows; anything missing, unknown or of the wrong type shows none."""
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
