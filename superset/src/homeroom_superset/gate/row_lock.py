"""The first lock at the last moment before the database: Superset's SQL_QUERY_MUTATOR.

Superset adds the policy's clause to the query of a dataset that is a table. In a dataset that is SQL the
clauses belong to the tables beneath it, and Superset's own rewriting goes on without them when it fails; this
one does not. Each table in the SQL of a guest's request is read through its clause, or the query is refused.
"""

from __future__ import annotations

from typing import Any

from superset.exceptions import QueryObjectValidationError

from homeroom_superset.gate.current import verified_claims
from homeroom_superset.policy.dataset import clause_of
from homeroom_superset.policy.statement import Statement, StatementRefused
from homeroom_superset.services import services


def lock_rows(sql: str, **_superset: Any) -> str:
    """The same SQL for authors; for a guest, the SQL over the rows that the policy gives the token."""
    claims = verified_claims()
    if claims is None:
        return sql
    policy = services().policy.current()
    try:
        statement = Statement(sql)
        if statement.tables - policy.tables.keys():
            raise StatementRefused("the query reads a table without a row policy")
        return statement.over(lambda table: clause_of(table, policy, claims.role, claims.values))
    except StatementRefused as refusal:
        raise QueryObjectValidationError(f"refused: {refusal}") from refusal
