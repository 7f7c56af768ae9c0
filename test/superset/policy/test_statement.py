"""Tests which tables the SQL of a dataset reads, and that each of them is narrowed wherever it is named."""

from __future__ import annotations

import pytest
import sqlglot
from homeroom_superset.policy.statement import DIALECT, Statement, StatementRefused
from sqlglot import exp

CLAUSE = "tenant = 'north' AND school_id = 42"

ASSESSMENTS = {"public.assessments"}
A = {"public.a"}
AB = {"public.a", "public.b"}
ABC = {"public.a", "public.b", "public.c"}
READS = [
    ("select score from public.assessments", ASSESSMENTS),
    ("select score from assessments", ASSESSMENTS),
    ("SELECT Score FROM PUBLIC.Assessments", ASSESSMENTS),
    ('select "Score" from "public"."Reading Log" r', {"public.Reading Log"}),
    ("select public.a.x, public.a.* from public.a", A),
    ("select a.x, b.y from public.a a join public.b as b on b.k = a.k", AB),
    ("select * from public.a left join public.b using (k), other.c", {"public.a", "public.b", "other.c"}),
    ("select * from (public.a x join public.b y using (k)) j", AB),
    ("select * from public.a x natural join public.a y", A),
    ("with a as (select * from public.a) select * from a", A),
    ("with A as (select * from a) select * from a join b using (k)", AB),
    ("with a as (select * from b), b as (select * from a) select * from b", {"public.b"}),
    ('with "A" as (select 1 as x from b) select * from a', AB),
    ("with recursive t as (select x from a union all select t.x from t) select * from t", A),
    ("with a as (select 1 as x) select * from public.a, a b", A),
    ("select * from (with a as (select x from c) select * from a) s, a", {"public.a", "public.c"}),
    ("select x from public.a union all select x from public.b except select x from c", ABC),
    ("select (select max(x) from public.b where b.k = a.k) from public.a", AB),
    ("select x from a where exists (select 1 from b) and x in (select x from c)", ABC),
    ("select array(select x from a), x from b order by (select 1 from c limit 1)", ABC),
    ("select e.v from public.a cross join lateral jsonb_array_elements(a.x) e(v)", A),
    ("select * from public.a, lateral (select * from public.b where b.k = a.k) s", AB),
    ("select * from public.a x(c, d), unnest(x.c) u", A),
    ("select * from rows from (generate_series(1, 2), generate_series(1, 3)) as g(a, b), public.a", A),
    ("select * from only public.a tablesample system (10)", A),
    ("select x, sum(y) over (partition by z) from a group by grouping sets ((x), ()) having count(*) > 1", A),
    ("select g from pg_catalog.generate_series(1, 3) g", set()),
    ("select * from (values (1)) v(x)", set()),
    ("select -- from public.secret\n x from a /* , public.b */", A),
    ("select 'from public.secret' as text, x from a", A),
]  # fmt: skip


def references(sql: str) -> list[exp.Table]:
    return [
        node
        for node in sqlglot.parse_one(sql, dialect=DIALECT).find_all(exp.Table)
        if isinstance(node.this, exp.Identifier) and node.args.get("db")
    ]


@pytest.mark.parametrize(("sql", "tables"), READS)
def test_every_table_is_found_and_narrowed(sql: str, tables: set[str]) -> None:
    statement = Statement(sql)
    assert statement.tables == tables
    narrowed = statement.over(lambda _table: CLAUSE)
    assert Statement(narrowed).tables == tables
    found = references(narrowed)
    assert {f"{node.db}.{node.name}".lower() for node in found} == {name.lower() for name in tables}
    for node in found:
        select = node.find_ancestor(exp.Select)
        assert select is not None
        assert select.args["where"].this.sql(dialect=DIALECT) == CLAUSE, narrowed
        assert not select.args.get("joins"), narrowed


def test_a_physical_dataset_that_has_its_clause_stays_as_it_is() -> None:
    sql = f"SELECT score FROM public.assessments WHERE score > 1 AND ({CLAUSE})"
    assert Statement(sql).over(lambda _table: CLAUSE) == sql


def test_a_clause_beside_a_join_may_be_of_the_other_table() -> None:
    sql = f"SELECT score FROM public.assessments JOIN public.b USING (k) WHERE {CLAUSE}"
    assert Statement(sql).over(lambda _table: CLAUSE).count(CLAUSE) == 3


@pytest.mark.parametrize(
    "where",
    [
        f"({CLAUSE}) OR score > 1",
        f"NOT ({CLAUSE})",
        "tenant = 'north'",
        "tenant = 'north' AND school_id = 43",
        f"score > (SELECT 1 FROM b WHERE {CLAUSE})",
    ],
)
def test_a_clause_that_only_looks_like_it_is_not_enough(where: str) -> None:
    narrowed = Statement(f"SELECT score FROM public.assessments WHERE {where}").over(lambda _table: CLAUSE)
    assert f"FROM (SELECT * FROM public.assessments WHERE {CLAUSE}) AS" in narrowed


def test_each_table_has_its_own_clause_and_columns_keep_their_table() -> None:
    narrowed = Statement("select public.a.x, b.y from public.a join public.b b using (k)").over(
        lambda table: {"public.a": "k = 1", "public.b": "1 = 0"}[table]
    )
    assert narrowed == (
        'SELECT a.x, b.y FROM (SELECT * FROM public.a WHERE k = 1) AS "a" '
        "JOIN (SELECT * FROM public.b WHERE 1 = 0) AS b USING (k)"
    )


@pytest.mark.parametrize(
    ("sql", "told"),
    [
        ("select * from (", "cannot be parsed"),
        ("", "not one SELECT"),
        ("select 1; select 2", "not one SELECT"),
        ("table public.a", "cannot be parsed"),
        ("explain select 1", "not one SELECT"),
        ("show all", "not one SELECT"),
        ("delete from public.a", "not one SELECT"),
        ("with d as (delete from public.a returning *) select * from d", "holds DELETE"),
        ("select 1 as x into public.b", "holds INTO"),
        ("select * from public.a for update", "holds LOCK"),
        ("select query_to_xml('select * from public.a', true, true, '')", "calls query_to_xml()"),
        ("select * from pg_catalog.query_to_xml('x', true, true, '')", "calls query_to_xml()"),
        ("select \"query_to_xml\"('select 1', true, true, '')", "calls query_to_xml()"),
        ("select * from dblink('x', 'select 1') as t(x int)", "calls dblink()"),
        ("select * from app.all_rows() a", "function of schema app"),
        ("select app.score(1)", "function of schema app"),
        ("select app.upper('x')", "function of schema app"),
        ("select * from rows from (app.all_rows(), generate_series(1, 2)) g", "function of schema app"),
        ("select set_config('homeroom.claims', 'x', false)", "calls set_config()"),
        ("select pg_read_file('x')", "calls pg_read_file()"),
        ("select * from schools.public.a", "write schema.table"),
        (f"select {'1 + ' * 30_000}1", "at most 100000"),
        (f"select {'(' * 5_000}1{')' * 5_000}", "cannot be parsed"),
    ],
)
def test_what_could_read_more_is_refused_in_words(sql: str, told: str) -> None:
    with pytest.raises(StatementRefused, match=told.replace("(", r"\(").replace(")", r"\)")):
        Statement(sql)
