"""The SQL of a dataset: the tables that it reads, and the same SQL over their allowed rows only.

Names are resolved here as PostgreSQL resolves them. What is not known for certain to read nothing but the
tables that are named is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from homeroom_superset.policy.functions import ALLOWED
from homeroom_superset.refusal import ExpectedError

DIALECT = "postgres"
DEFAULT_SCHEMA = "public"
MAX_SQL_LENGTH = 100_000
CHANGING_NODES = (exp.DML, exp.DDL, exp.Into, exp.Command, exp.Lock, exp.Drop, exp.Alter, exp.Set)
# The parts of a table in a FROM that are moved to the sub-query that replaces it.
KEPT_TABLE_PARTS = ("alias", "joins", "laterals", "pivots")


class StatementRefused(ExpectedError):
    """Raised when the SQL of a dataset cannot be restricted; the message is for its author."""


class Statement:
    """One SELECT of PostgreSQL's dialect.

    Raises StatementRefused for whatever else the text is, and for a call or a name that could read more than
    the tables that `tables` tells.
    """

    def __init__(self, sql: str) -> None:
        if len(sql) > MAX_SQL_LENGTH:
            raise StatementRefused(f"the SQL has {len(sql)} characters; at most {MAX_SQL_LENGTH} are read")
        try:
            parsed = [tree for tree in sqlglot.parse(sql, dialect=DIALECT) if tree is not None]
        except (SqlglotError, RecursionError) as error:
            raise StatementRefused(f"the SQL cannot be parsed ({type(error).__name__})") from error
        if len(parsed) != 1 or not isinstance(parsed[0], exp.Query):
            raise StatementRefused("the SQL is not one SELECT statement")
        self._tree = parsed[0]
        if change := self._tree.find(*CHANGING_NODES):
            raise StatementRefused(f"the SQL holds {change.key.upper()}; it may only SELECT")
        _check_functions(self._tree)
        self._references = [(node, _full_name(node)) for node in _base_tables(self._tree)]

    @property
    def tables(self) -> frozenset[str]:
        """Returns each table or view that is read, as `schema.table`."""
        return frozenset(name for _, name in self._references)

    def over(self, clause_of: Callable[[str], str]) -> str:
        """Returns the SQL in which every table is read only where `clause_of(table)` is true."""
        try:
            return self._over(clause_of)
        except RecursionError as error:
            raise StatementRefused("the SQL nests too deeply") from error

    def _over(self, clause_of: Callable[[str], str]) -> str:
        for node, name in self._references:
            clause = sqlglot.parse_one(clause_of(name), dialect=DIALECT)
            if not _has_clause(node, clause):
                _narrow(node, clause)
        for column in self._tree.find_all(exp.Column):
            # A sub-query has the name of its table, and no schema.
            column.set("db", None)
        return self._tree.sql(dialect=DIALECT)


def _fold(name: exp.Expression) -> str:
    """Returns an identifier as PostgreSQL stores it: ASCII capitals become small unless it is quoted."""
    text = str(name.this)
    if name.args.get("quoted"):
        return text
    return "".join(character.lower() if character.isascii() else character for character in text)


def _check_functions(tree: exp.Expression) -> None:
    for call in tree.find_all(exp.Func):
        schema = _schema_of(call)
        if schema not in (None, "pg_catalog"):
            raise StatementRefused(
                f"the SQL calls a function of schema {schema}; only PostgreSQL's own are known"
            )
        if isinstance(call, exp.Anonymous):
            name = _fold(call.this) if isinstance(call.this, exp.Identifier) else str(call.this).lower()
            if name not in ALLOWED:
                raise StatementRefused(
                    f"the SQL calls {name}(), which is not known to read no table; "
                    "call it in a security_invoker view that the policy names"
                )


def _schema_of(call: exp.Expression) -> str | None:
    parent = call.parent
    if isinstance(parent, exp.Dot) and parent.expression is call:
        return parent.this.sql(dialect=DIALECT).lower()
    if isinstance(parent, exp.Table) and parent.this is call and parent.args.get("db"):
        return _fold(parent.args["db"])
    return None


def _base_tables(tree: exp.Expression) -> Iterator[exp.Table]:
    for node in tree.find_all(exp.Table):
        is_named = isinstance(node.this, exp.Identifier)
        if not is_named and not isinstance(node.this, exp.Func) and not node.args.get("rows_from"):
            raise StatementRefused("the SQL reads from something that is no table and no function")
        if is_named and not _is_common_table(node):
            yield node


def _is_common_table(table: exp.Table) -> bool:
    """Tells whether the name is that of a WITH query, which PostgreSQL resolves before tables."""
    if table.args.get("db") or table.args.get("catalog"):
        return False
    name = _fold(table.this)
    below: exp.Expression = table
    inside: exp.Expression | None = None
    while (node := below.parent) is not None:
        if isinstance(node, exp.With):
            inside = below
        elif (common := node.args.get("with_")) is not None:
            for other in common.expressions:
                # A WITH query sees only the earlier ones; in WITH RECURSIVE it sees all.
                if below is common and other is inside and not common.args.get("recursive"):
                    break
                if _fold(other.args["alias"].this) == name:
                    return True
        below = node
    return False


def _full_name(table: exp.Table) -> str:
    if table.args.get("catalog"):
        raise StatementRefused(f"the SQL names {table.sql(dialect=DIALECT)}; write schema.table")
    schema = table.args.get("db")
    return f"{_fold(schema) if schema else DEFAULT_SCHEMA}.{_fold(table.this)}"


def _conjuncts(condition: exp.Expression | None) -> set[str]:
    if condition is None:
        return set()
    bare = condition
    while isinstance(bare, exp.Paren):
        bare = bare.this
    if isinstance(bare, exp.And):
        return _conjuncts(bare.left) | _conjuncts(bare.right)
    return {bare.sql(dialect=DIALECT)}


def _has_clause(table: exp.Table, clause: exp.Expression) -> bool:
    """Tells whether the table is the only source of a SELECT whose WHERE contains the clause already."""
    source = table.parent
    select = source.parent if isinstance(source, exp.From) else None
    if not isinstance(select, exp.Select) or any(table.args.get(part) for part in KEPT_TABLE_PARTS):
        return False
    if any(select.args.get(part) for part in ("joins", "laterals", "with_")):
        return False
    where = select.args.get("where")
    return where is not None and _conjuncts(clause) <= _conjuncts(where.this)


def _narrow(table: exp.Table, clause: exp.Expression) -> None:
    beside = {part: table.args.get(part) for part in KEPT_TABLE_PARTS}
    for part in KEPT_TABLE_PARTS:
        table.set(part, None)
    name = _fold(table.this)
    if not table.args.get("db"):
        # The schema is written out, so that the connection's search path cannot select another table.
        table.set("db", exp.to_identifier(DEFAULT_SCHEMA))
    rows = exp.Select(
        expressions=[exp.Star()], from_=exp.From(this=table.copy()), where=exp.Where(this=clause)
    )
    alias = beside.pop("alias") or exp.TableAlias(this=exp.to_identifier(name, quoted=True))
    subquery = exp.Subquery(this=rows, alias=alias)
    table.replace(subquery)
    for part, value in beside.items():
        if value:
            subquery.set(part, value)
