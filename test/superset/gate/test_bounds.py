"""Tests what a guest's request may hold: each bound, and what lies within it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask, request
from flask_babel import Babel
from homeroom_superset.gate.arguments import check_arguments
from homeroom_superset.gate.filter_state import MOST_BYTES, check_value
from homeroom_superset.pin import body
from homeroom_superset.pin.body import check_bytes, check_values
from homeroom_superset.pin.request import PinnableRequest
from homeroom_superset.refusal import RequestRefused

RANGE, DASHBOARD = "Api.time_range", "DashboardRestApi.get"


@pytest.fixture(scope="module")
def app() -> Flask:
    made = Flask("superset-stand-in")
    made.request_class = PinnableRequest
    # Superset's parser translates its own errors.
    Babel(made)
    return made


def kept(app: Flask, endpoint: str, query: dict[str, str]) -> dict[str, str]:
    with app.test_request_context("/", query_string=query):
        check_arguments(endpoint)
        return request.args.to_dict()


@pytest.mark.parametrize(
    "q",
    [
        "'Last week'",
        "'2024-01-01 : 2024-02-01'",
        "'No filter'",
        "!((timeRange:'Last week'),(timeRange:'Last week',shift:'1 year ago'))",
        "!((shift:!n,timeRange:'Last month'))",
    ],
)
def test_a_time_range_as_a_browser_asks_for_it_is_read(app: Flask, q: str) -> None:
    assert kept(app, RANGE, {"q": q, "other": "x"}) == {"q": q}


@pytest.mark.parametrize(
    "q",
    [
        None, "", "(a:1)", "!()", "!(1)", "!((timeRange:1))", "!((timeRange:'x',shift:1))", "1", "!n", "(",
        "!(!(!(", "!((timeRange:'Last week',more:1))", "'2024-13-45 : 2024-99-99'", "'" + "x" * 201 + "'",
        "'a\x00b'",
        "!(" + ",".join(["(timeRange:'Last week')"] * 21) + ")", "(" * 3000, "!(" * 1500, "x" * 4097,
    ],
)  # fmt: skip
def test_any_other_time_range_is_refused_in_words(app: Flask, q: str | None) -> None:
    with pytest.raises(RequestRefused) as refusal:
        kept(app, RANGE, {} if q is None else {"q": q})
    assert 400 <= refusal.value.status < 500


def test_columns_of_a_dashboard_come_with_those_that_superset_takes_away(app: Flask) -> None:
    assert kept(app, DASHBOARD, {"q": "(columns:!(id))"}) == {
        "q": "(columns:!(id,owners,changed_by_name,changed_by))"
    }
    assert kept(app, DASHBOARD, {}) == {}


@pytest.mark.parametrize(
    "q", ["!(id)", "(columns:id)", "(columns:!(1))", "(columns:!(" + "a," * 60 + "a))", "'"]
)
def test_other_questions_to_a_dashboard_are_refused(app: Flask, q: str) -> None:
    with pytest.raises(RequestRefused):
        kept(app, DASHBOARD, {"q": q})


def test_rison_has_a_length(app: Flask) -> None:
    columns = ",".join(["x" * 100] * 45)
    with pytest.raises(RequestRefused, match="characters"):
        kept(app, DASHBOARD, {"q": f"(columns:!({columns}))"})


def test_no_other_endpoint_reads_an_argument(app: Flask) -> None:
    assert kept(app, "CurrentUserRestApi.get_me", {"form_data": "{", "q": "(", "preselect": "1"}) == {}


@pytest.mark.parametrize(
    ("value", "words"),
    [
        ([0] * (body.MOST_ENTRIES + 1), "list of"),
        ({str(n): 0 for n in range(body.MOST_ENTRIES + 1)}, "object of"),
        ([[0] * 1000] * 20, "values"),
        ("x" * (body.LONGEST_TEXT + 1), "characters"),
        ({"x" * (body.LONGEST_NAME + 1): 1}, "characters"),
        (2**63, "64 bit"),
        (-(10**40), "64 bit"),
        (float("nan"), "NaN"),
        (float("-inf"), "NaN"),
        ("a\0b", "zero character"),
        ({"\ud800": 1}, "surrogate"),
    ],
)
def test_a_body_out_of_bounds_is_refused_in_words(value: Any, words: str) -> None:
    for placed in (value, {"queries": [{"filters": [value]}]}):
        with pytest.raises(RequestRefused, match=words):
            check_values(placed)


def test_a_body_within_bounds_passes() -> None:
    nested: Any = 0
    for _ in range(body.MOST_LEVELS):
        nested = [nested]
    for value in (
        [0] * body.MOST_ENTRIES,
        "x" * body.LONGEST_TEXT,
        2**63 - 1,
        -1.5,
        None,
        True,
        "✓ ü 😀",
        nested,
    ):
        check_values(value)
    with pytest.raises(RequestRefused, match="levels deep"):
        check_values([nested])


def test_a_body_is_refused_by_its_declared_length() -> None:
    check_bytes(None, chunked=False)
    check_bytes(body.MOST_BYTES, chunked=False)
    for declared, chunked in ((body.MOST_BYTES + 1, False), (None, True)):
        with pytest.raises(RequestRefused):
            check_bytes(declared, chunked=chunked)


def state(app: Flask, **sent: Any) -> None:
    with app.test_request_context("/", method="POST", **sent):
        check_value()


def test_a_filter_state_of_the_longest_size_is_kept(app: Flask) -> None:
    state(app, json={"value": json.dumps("x" * (MOST_BYTES - 2))})


@pytest.mark.parametrize(
    "sent",
    [
        {},
        {"data": "", "content_type": "application/json"},
        {"data": "{", "content_type": "application/json"},
        {"json": "str"},
        {"json": None},
        {"json": {}},
        {"json": {"value": {}}},
        {"json": {"value": "{"}},
        {"json": {"value": json.dumps("x" * (MOST_BYTES - 1))}},
        {"json": {"value": '"' + "ü" * (MOST_BYTES // 2) + '"'}},
        {"json": {"value": "[" * 5000 + "]" * 5000}},
        {"json": {"value": "1" * 5000}},
        {"data": {"value": "{}"}},
    ],
)
def test_any_other_filter_state_is_refused(app: Flask, sent: dict[str, Any]) -> None:
    with pytest.raises(RequestRefused) as refusal:
        state(app, **sent)
    assert refusal.value.status in (400, 413)
