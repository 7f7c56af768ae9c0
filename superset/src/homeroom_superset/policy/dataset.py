"""Row policies of Superset's datasets: that of a dataset's table, or of the tables that its SQL names."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeroom_superset.policy.clause import row_clause
from homeroom_superset.policy.compiled import Policy
from homeroom_superset.policy.statement import DEFAULT_SCHEMA, Statement, StatementRefused

POLICY_FILE = "content/policies/rows.yaml"


def is_sql(dataset: Any) -> bool:
    return bool((dataset.sql or "").strip())


def table_of(dataset: Any) -> str:
    """Returns the name `schema.table` of a dataset that is a table or a view."""
    return f"{dataset.schema or DEFAULT_SCHEMA}.{dataset.table_name}"


def tables_of(dataset: Any) -> frozenset[str]:
    """Returns the tables and views whose rows a dataset shows. Raises StatementRefused for SQL that is not
    known."""
    return Statement(dataset.get_rendered_sql()).tables if is_sql(dataset) else frozenset({table_of(dataset)})


def problem_of(dataset: Any, policy: Policy) -> str | None:
    """Returns why no guest may see a row of the dataset, and what to do; None when it has a policy."""
    if not is_sql(dataset):
        table = table_of(dataset)
        if table in policy.tables:
            return None
        return f"{table} has no row policy; add it to {POLICY_FILE}, datasets"
    try:
        named = tables_of(dataset)
    except StatementRefused as refusal:
        return f"{refusal}"
    except Exception as error:
        # Superset's own refusals have no class in common: an empty text, a template, several statements.
        return f"Superset cannot render its SQL ({type(error).__name__})"
    schema = dataset.schema or DEFAULT_SCHEMA
    if schema != DEFAULT_SCHEMA:
        return (
            f"its schema is {schema}; give a SQL dataset schema {DEFAULT_SCHEMA} and write schema.table in it"
        )
    if unknown := sorted(named - policy.tables.keys()):
        return (
            f"its SQL names {', '.join(unknown)}, which has no row policy; add it to {POLICY_FILE}, datasets"
        )
    declared = policy.sql_datasets.get(str(dataset.uuid))
    if declared is not None and (undeclared := sorted(named - declared)):
        return f"its SQL names {', '.join(undeclared)}, which its `tables` in {POLICY_FILE} do not list"
    return None


def clause_of(table: str, policy: Policy, role: str, claims: Mapping[str, Any]) -> str:
    """Returns the SQL clause of a guest's rows; no rows when the policy does not name the table or role."""
    return row_clause(policy.tables.get(table, {}).get(role), claims)
