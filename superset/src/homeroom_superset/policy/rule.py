"""The macro {{ claim('school_id') }}, the only template allowed in row rules made in Superset's interface."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlalchemy.dialects import postgresql

from homeroom_superset.policy.clause import NOTHING, SCALAR_LITERALS
from homeroom_superset.token.claim_fields import CLAIMS_WITHOUT_ROWS

logger = logging.getLogger(__name__)

MACRO = re.compile(r"\{\{\s*claim\(\s*(?:'([a-z_]{1,40})'|\"([a-z_]{1,40})\")\s*\)\s*\}\}")
TEMPLATE = re.compile(r"\{[{%#]|[%#}]\}")


class Rule(NamedTuple):
    """A row-level security rule, in the form in which Superset's security manager returns it."""

    id: int
    group_key: str | None
    clause: str


def _one(value: Any) -> str | None:
    kind = {int: "integer", str: "text"}.get(type(value))
    bound = None if kind is None else SCALAR_LITERALS[kind](value)
    if bound is None:
        return None
    return str(bound.compile(dialect=postgresql.dialect(), compile_kwargs={"literal_binds": True}))


def claim_literal(name: str, claims: Mapping[str, Any]) -> str | None:
    """Returns a claim as SQL: 42, 'Mathematics', (1, 2); None when it is missing, nested or not plain
    text."""
    value = None if name in CLAIMS_WITHOUT_ROWS else claims.get(name)
    if not isinstance(value, list | tuple):
        return _one(value)
    elements = [_one(element) for element in value]
    known = [element for element in elements if element is not None]
    return f"({', '.join(known)})" if known and len(known) == len(elements) else None


def rule_clause(clause: str, claims: Mapping[str, Any] | None) -> str:
    """Returns the rule with its claims as literals. It shows no row to a person without such a claim, an
    author included, and to nobody when the rule holds another template."""
    asked = [single or double for single, double in MACRO.findall(clause)]
    if TEMPLATE.search(MACRO.sub("", clause)):
        logger.error(
            "a row rule holds a template other than claim('<name>'); it shows no rows until corrected"
        )
        return NOTHING
    literals = {name: claim_literal(name, claims or {}) for name in asked}
    if any(literal is None for literal in literals.values()):
        return NOTHING
    return MACRO.sub(lambda found: literals[found[1] or found[2]] or NOTHING, clause)
