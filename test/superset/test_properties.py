"""Properties of every token, claim and payload, tried on generated ones.

HOMEROOM_PROPERTY_RUNS sets how many of each; the seed is fixed, and a failure prints its example.
"""

from __future__ import annotations

import base64
import copy
import json
import os
import re
import time
from pathlib import Path
from typing import Any

import jwt
import pytest
import sqlglot
from homeroom_superset.events import TokenEvents
from homeroom_superset.pin.pin import pinned_body
from homeroom_superset.pin.saved import strings_in
from homeroom_superset.platform import read_platform
from homeroom_superset.policy.clause import NOTHING, row_clause
from homeroom_superset.policy.compiled import parse_policy
from homeroom_superset.refusal import RequestRefused, TokenRefused
from homeroom_superset.settings import REPOSITORY_CONTRACT
from homeroom_superset.token.claims import ClaimReader, Claims
from homeroom_superset.token.jwks import KeySet
from homeroom_superset.token.token import Limits, TokenVerifier
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st
from sqlglot import exp

from conftest import Signer, Store
from saved_dashboard import DASHBOARD, LINE, MOST, QUERY, TABLE, ask, filter_request

RUNS = int(os.environ.get("HOMEROOM_PROPERTY_RUNS", "60"))
SEED = 20_261_121
print(f"properties: {RUNS} examples each, seed {SEED}")

many = settings(
    max_examples=RUNS,
    deadline=None,
    database=None,
    print_blob=True,
    suppress_health_check=list(HealthCheck),
)
few = settings(many, max_examples=max(20, RUNS // 4))

POLICY = parse_policy((REPOSITORY_CONTRACT / "compiled-policy.json").read_text())
CLAUSES = [(uuid, role) for uuid, roles in POLICY.datasets.items() for role in roles]

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=8,
)
hostile = st.sampled_from(
    [
        "' OR 1=1 --",
        "x') OR ('1'='1",
        "{{ 7 * 7 }}",
        "{% raw %}",
        ":tenant",
        "%(x)s",
        "a\\",
        "a\x00b",
        "\ud800",
        "north'; drop table x",
        "42",
        "42 OR 1=1",
        "NaN",
        "Infinity",
        "\uff2e\uff2f\uff32\uff34\uff28",
        "\u00b2",
        "\u0664\u0662",
    ]
)
wild = (
    json_values
    | hostile
    | st.integers(-(2**70), 2**70)
    | st.sampled_from([True, False, 42.0, [42], {"ne": 0}])
)


class Bench:
    """One verifier and one signer for all examples of a test."""

    def __init__(self, folder: Path) -> None:
        platform = read_platform(REPOSITORY_CONTRACT)
        self.signer = Signer("north-1")
        file = folder / "jwks.json"
        file.write_text(json.dumps({"keys": [self.signer.entry]}))
        self.reader = ClaimReader(REPOSITORY_CONTRACT / "claims.schema.json")
        limits = Limits(
            "homeroom", platform.token_max_bytes, platform.token_max_age_seconds, platform.clock_skew_seconds
        )
        events = TokenEvents(lambda _line: None)
        self.verifier = TokenVerifier(KeySet(file), self.reader, limits, Store().revocations(), events)
        self.good = self.signer.token()

    def signed(self, payload: Any, header: dict[str, Any] | None = None) -> str:
        head = {"kid": "north-1", "typ": "JWT", **(header or {})}
        return jwt.api_jws.encode(json.dumps(payload).encode(), self.signer.private, "RS256", head)

    def refuses(self, raw: str) -> bool:
        try:
            self.verifier.verify(raw)
        except TokenRefused:
            return True
        return False


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    return Bench(tmp_path_factory.mktemp("properties"))


@seed(SEED)
@many
@given(place=st.integers(0, 10_000), replacement=st.characters(max_codepoint=0x2FF) | st.just(""))
def test_no_changed_token_is_accepted(bench: Bench, place: int, replacement: str) -> None:
    place %= len(bench.good)
    changed = bench.good[:place] + replacement + bench.good[place + 1 :]
    same = (
        [base64.urlsafe_b64decode(p + "==") for p in changed.split(".")]
        if changed.isascii() and _readable(changed)
        else None
    )
    if changed != bench.good and same != [base64.urlsafe_b64decode(p + "==") for p in bench.good.split(".")]:
        assert bench.refuses(changed)


def _readable(raw: str) -> bool:
    try:
        return raw.count(".") == 2 and all(base64.urlsafe_b64decode(part + "==") for part in raw.split("."))
    except ValueError:
        return False


@seed(SEED)
@many
@given(
    raw=st.text(max_size=300) | st.binary(max_size=300).map(lambda b: base64.urlsafe_b64encode(b).decode())
)
def test_no_text_is_a_token(bench: Bench, raw: str) -> None:
    assert bench.refuses(raw)


@seed(SEED)
@many
@given(parts=st.lists(json_values, min_size=2, max_size=4), tail=st.binary(max_size=300))
def test_the_parser_refuses_whatever_json_it_is_given(bench: Bench, parts: list[Any], tail: bytes) -> None:
    pieces = [*(json.dumps(part).encode() for part in parts[:2]), tail]
    assert bench.refuses(".".join(base64.urlsafe_b64encode(p).rstrip(b"=").decode() for p in pieces))


@seed(SEED)
@many
@given(
    header=st.dictionaries(
        st.sampled_from(["alg", "typ", "kid", "jku", "jwk", "x5u", "crit", "b64", "zip"]),
        wild,
        min_size=1,
        max_size=3,
    )
)
def test_a_good_signature_under_another_header_is_refused(bench: Bench, header: dict[str, Any]) -> None:
    head = {"alg": "RS256", "typ": "JWT", "kid": "north-1", **header}
    if head == {"alg": "RS256", "typ": "JWT", "kid": "north-1"}:
        return
    encode = lambda value: base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")  # noqa: E731
    signing_input = encode(head) + b"." + encode(bench.signer.claims())
    signature = jwt.get_algorithm_by_name("RS256").sign(signing_input, bench.signer.private)
    raw = (signing_input + b"." + base64.urlsafe_b64encode(signature).rstrip(b"=")).decode()
    assert bench.refuses(raw)


claim_names = sorted(json.loads((REPOSITORY_CONTRACT / "claims.schema.json").read_text())["properties"])
changes = st.dictionaries(st.sampled_from(claim_names) | st.text(max_size=12), wild, min_size=1, max_size=3)


def read_or_refuse(bench: Bench, raw: dict[str, Any]) -> Claims | None:
    try:
        return bench.reader.read(raw, "north-1")
    except TokenRefused:
        return None


@seed(SEED)
@many
@given(role=st.sampled_from(["principal", "teacher", "student"]), changes=changes)
def test_what_judges_claims_agrees_with_what_explains_them(
    bench: Bench, role: str, changes: dict[str, Any]
) -> None:
    raw = {**bench.signer.claims(role=role, **ROLE_CLAIMS[role]), **changes}
    unicode = not re.search("[\\ud800-\\udfff]", json.dumps(raw, ensure_ascii=False))
    good = bench.reader._explainer.is_valid(raw) and unicode
    assert (read_or_refuse(bench, raw) is not None) == good


def literals_of(clause: str) -> list[Any]:
    tree = sqlglot.parse_one(f"select 1 where {clause}", dialect="postgres")
    return [
        (node.this if node.is_string else int(node.this)) for node in tree.args["where"].find_all(exp.Literal)
    ]


def shape_of(clause: str) -> str:
    """The parse tree with every literal, and how many stand in a list, taken out."""
    tree = sqlglot.parse_one(f"select 1 where {clause}", dialect="postgres")
    for node in list(tree.find_all(exp.Neg)):
        node.replace(node.this)
    for node in list(tree.find_all(exp.Literal)):
        node.replace(exp.Placeholder())
    for node in list(tree.find_all(exp.In)):
        node.set("expressions", [exp.Placeholder()])
    return tree.sql(dialect="postgres")


ROLE_CLAIMS: dict[str, dict[str, Any]] = {
    "principal": {},
    "teacher": {"class_ids": [421, 422]},
    "student": {"student_id": 4201},
}


@seed(SEED)
@many
@given(role=st.sampled_from(sorted(ROLE_CLAIMS)), changed=changes)
def test_claims_are_refused_or_bound_as_literals_that_round_trip(
    bench: Bench, role: str, changed: dict[str, Any]
) -> None:
    claims = read_or_refuse(bench, {**bench.signer.claims(role=role, **ROLE_CLAIMS[role]), **changed})
    if claims is None:
        return
    for uuid, named in CLAUSES:
        conditions = POLICY.clause(uuid, claims.role)
        clause = row_clause(conditions, claims.values)
        if named != claims.role or conditions is None:
            continue
        assert clause != NOTHING
        wanted = [
            value
            for condition in conditions
            for value in (lambda found: found if isinstance(found, list) else [found])(
                claims.values[condition.claim]
            )
        ]
        assert sorted(literals_of(clause), key=str) == sorted(wanted, key=str)


@seed(SEED)
@many
@given(
    clause=st.sampled_from(CLAUSES),
    values=st.fixed_dictionaries(dict.fromkeys(("tenant", "school_id", "class_ids", "student_id"), wild)),
)
def test_no_claim_value_changes_the_parse_tree_of_a_clause(
    clause: tuple[str, str], values: dict[str, Any]
) -> None:
    """Past the claims reader: the binding alone must hold, whatever it is handed."""
    conditions = POLICY.clause(*clause)
    plain = {"tenant": "north", "school_id": 42, "class_ids": [421, 422], "student_id": 4201}
    for name in values:
        bound = row_clause(conditions, {**plain, name: values[name]})
        assert bound == NOTHING or shape_of(bound) == shape_of(row_clause(conditions, plain))
    bound = row_clause(conditions, values)
    assert bound == NOTHING or shape_of(bound) == shape_of(row_clause(conditions, plain))


@seed(SEED)
@many
@given(changed=changes)
def test_a_signed_token_of_any_claims_is_refused_or_says_what_was_signed(
    bench: Bench, changed: dict[str, Any]
) -> None:
    payload = {**bench.signer.claims(), **changed}
    try:
        claims = bench.verifier.verify(bench.signed(payload))
    except TokenRefused:
        return
    assert dict(claims.values) == payload
    assert (claims.tenant, claims.iss) == ("north", bench.signer.issuer)
    assert claims.exp > time.time() - 60


# What a request may decide about a query; everything else must be what was saved.
VALUES = {"filters", "time_range", "orderby", "row_limit", "row_offset", "extras", "columns"}
EXTRA_MEMBERS = (
    "granularity time_range where having row_offset is_rowcount result_type url_params series_columns "
    "groupby series_limit_metric time_offsets annotation_layers rls sql"
)
members = st.sampled_from([*sorted(QUERY), *EXTRA_MEMBERS.split()])
COLUMNS = "topic subject_area class_id assessed_on school_id student_id score saved_metric mastered"
names = st.sampled_from(COLUMNS.split())
operators = st.sampled_from(["IN", "==", "TEMPORAL_RANGE", "ILIKE", "in", "LIKE", "RAW"]) | wild
filters = st.fixed_dictionaries(
    {"col": names | wild, "op": operators, "val": wild | st.lists(wild, max_size=3)}
)
orders = st.lists(st.tuples(names, st.booleans()).map(list), max_size=2)
patches = st.dictionaries(members, wild | st.lists(names | filters, max_size=3) | orders, max_size=3)
TOPS = ["datasource", "queries", "form_data", "force", "result_type", "result_format", "rls"]
bodies = st.dictionaries(st.sampled_from(TOPS), wild | st.lists(wild, max_size=2), max_size=6)


def pinned_or_refused(body: Any) -> dict[str, Any] | None:
    try:
        return pinned_body(copy.deepcopy(body), DASHBOARD, MOST)
    except RequestRefused:
        return None


def assert_pinned(query: dict[str, Any], saved: dict[str, Any]) -> None:
    fixed = {key: value for key, value in query.items() if key not in VALUES}
    assert fixed == {key: value for key, value in saved.items() if key not in VALUES}
    assert query["filters"][: len(saved["filters"])] == [
        {**kept, "val": query["filters"][place]["val"]} if kept["op"] == "TEMPORAL_RANGE" else kept
        for place, kept in enumerate(saved["filters"])
    ]
    declared = DASHBOARD.filter_columns() | {"assessed_on"}
    for added in query["filters"][len(saved["filters"]) :]:
        assert set(added) == {"col", "op", "val"}
        assert added["col"] in declared or added["op"] == "TEMPORAL_RANGE"
    extras, kept = query.get("extras") or {}, saved.get("extras") or {}
    assert {k: v for k, v in extras.items() if k != "time_grain_sqla"} == {
        k: v for k, v in kept.items() if k != "time_grain_sqla"
    }
    strip = lambda columns: [  # noqa: E731
        {k: v for k, v in c.items() if k != "timeGrain"} if isinstance(c, dict) else c for c in columns
    ]
    assert strip(query["columns"]) == strip(saved["columns"])
    known = [*saved["columns"], *saved["metrics"]]
    known += [c["sqlExpression"] for c in saved["columns"] if isinstance(c, dict)]
    assert all(by in known and isinstance(up, bool) for by, up in query.get("orderby", []))
    assert 0 <= query.get("row_limit", 0) <= min(MOST, saved["row_limit"])


@seed(SEED)
@many
@given(patch=patches)
def test_the_pin_lets_nothing_through_but_declared_values(patch: dict[str, Any]) -> None:
    pinned = pinned_or_refused(ask(query=patch))
    if pinned is None:
        return
    assert pinned["form_data"] == {**LINE.params, "slice_id": 1, "dashboardId": 5}
    assert pinned["datasource"] == {"id": 9, "type": "table"}
    assert (pinned["result_type"], pinned["result_format"]) == ("full", "json")
    for query in pinned["queries"]:
        assert_pinned(query, QUERY)


numbers = st.integers(-50, 1100) | st.sampled_from([0, 10, 25, 50, 100, 200, 500, 1000]) | wild
pages = st.fixed_dictionaries({"row_limit": numbers, "row_offset": numbers})


@seed(SEED)
@many
@given(page=pages, order=orders, search=filters)
def test_a_page_lies_inside_the_table_and_in_one_order(
    page: dict[str, Any], order: list[Any], search: dict[str, Any]
) -> None:
    pinned = pinned_or_refused(ask(2, {**page, "orderby": order, "filters": [search]}))
    if pinned is None:
        return
    (query,) = pinned["queries"]
    limit, offset = query["row_limit"], query["row_offset"]
    assert limit > 0
    assert 0 <= offset <= TABLE.params["row_limit"] - limit
    terms = [by for by, _ in query["orderby"]]
    assert len(terms) == 3
    assert {"class_id", "teacher"} <= {by for by in terms if isinstance(by, str)}


@seed(SEED)
@many
@given(body=json_values | bodies)
def test_the_pin_refuses_or_pins_whatever_it_is_given(body: Any) -> None:
    """A fuzz run: no payload may end in anything but a refusal or a pinned query."""
    pinned_or_refused(body)


@seed(SEED)
@many
@given(patch=patches, top=st.dictionaries(st.sampled_from(TOPS), wild, max_size=2))
def test_every_name_in_a_pinned_query_was_saved_or_declared(
    patch: dict[str, Any], top: dict[str, Any]
) -> None:
    for chart, saved in ((1, LINE), (2, TABLE)):
        pinned = pinned_or_refused({**ask(chart, query=patch), **top})
        if pinned is None:
            continue
        known = set(strings_in([saved.params, saved.query_context])) | DASHBOARD.filter_columns()
        for query in pinned["queries"]:
            named = {
                key: value for key, value in query.items() if key not in ("filters", "time_range", "extras")
            }
            assert set(strings_in(named)) <= known | {"P1D", "PT1H"} | set(
                strings_in(query.get("extras") or {})
            )


@seed(SEED)
@few
@given(identity=st.sampled_from(["F1", "F2", "F3", "F4", "x"]), patch=patches)
def test_a_filter_lists_its_own_column_alone(identity: str, patch: dict[str, Any]) -> None:
    pinned = pinned_or_refused(filter_request(identity, patch))
    if pinned is None:
        return
    column = next(c for _, c in DASHBOARD.filters[identity].targets)
    for query in pinned["queries"]:
        assert set(query["columns"]) <= {column}
        assert all(metric["column"]["column_name"] == column for metric in query["metrics"])
        assert query.get("extras", {}) in ({}, None)
