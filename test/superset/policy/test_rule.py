"""Row rules made in Superset's interface, with claims in the query and in the cache key alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from homeroom_superset.gate import security_manager
from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.policy.clause import NOTHING
from homeroom_superset.policy.compiled import Policy
from homeroom_superset.policy.rule import rule_clause
from homeroom_superset.token.token import TokenVerifier
from superset.security import SupersetSecurityManager

from conftest import Signer

CLAIMS: dict[str, Any] = {
    "school_id": 42,
    "class_ids": [1, 2],
    "subject_area": "Modern History",
    "campus_id": "0f8fad5b-d9cb-469f-a165-70867728950e",
    "jti": "0123456789abcdef0123",
    "org_structure": {"departments": ["a"]},
}


@pytest.mark.parametrize(
    ("clause", "sql"),
    [
        ("school_id = {{ claim('school_id') }}", "school_id = 42"),
        ('school_id={{claim("school_id")}}', "school_id=42"),
        ("class_id IN {{ claim('class_ids') }}", "class_id IN (1, 2)"),
        ("subject = {{ claim( 'subject_area' ) }}", "subject = 'Modern History'"),
        ("campus = {{ claim('campus_id') }}", "campus = '0f8fad5b-d9cb-469f-a165-70867728950e'"),
        (
            "school_id = {{ claim('school_id') }} and class_id in {{ claim('class_ids') }}",
            "school_id = 42 and class_id in (1, 2)",
        ),
        ("term = 3", "term = 3"),
    ],
)
def test_claims_become_literals(clause: str, sql: str) -> None:
    assert rule_clause(clause, CLAIMS) == sql


@pytest.mark.parametrize(
    "clause",
    [
        "student_id = {{ claim('student_id') }}",
        "not (student_id = {{ claim('student_id') }})",
        "school_id = {{ claim('school_id') }} or student_id = {{ claim('student_id') }}",
        "d = {{ claim('org_structure') }}",
        "i = {{ claim('jti') }}",
    ],
)
def test_a_claim_that_is_missing_or_unfit_shows_nothing_whatever_the_rule_around_it(clause: str) -> None:
    assert rule_clause(clause, CLAIMS) == NOTHING


@pytest.mark.parametrize(
    "value",
    [
        "a' or '1'='1",
        "x:y",
        "{{ 7 }}",
        "",
        "a\n",
        4.2,
        True,
        None,
        {"a": 1},
        [],
        [1, None],
        [1, "x'"],
        [[1]],
        2**70,
    ],
)
def test_a_value_that_is_not_plain_shows_nothing(value: Any) -> None:
    assert rule_clause("c = {{ claim('odd') }}", {"odd": value}) == NOTHING


@pytest.mark.parametrize(
    "clause",
    [
        "user_id = {{ current_user_id() }}",
        "x = {{ url_param('school_id') }}",
        "x in {{ dataset(1) }}",
        "school_id = {{ claim('school_id') }} {% if true %} or 1=1 {% endif %}",
        "school_id = {{ claim('school_id') }} {# note #}",
        "school_id = {{ claim('school_id') + 1 }}",
        "school_id = {{ claim(school_id) }}",
        "school_id = {{ claim('school_id')|int }}",
        "school_id = {{ '{{' }} claim('school_id') }}",
        "school_id = 1 }}",
    ],
)
def test_any_other_template_shows_nothing_to_anybody(clause: str) -> None:
    assert rule_clause(clause, CLAIMS) == NOTHING


def test_an_author_sees_no_rows_of_a_rule_with_claims_and_keeps_the_others() -> None:
    assert rule_clause("school_id = {{ claim('school_id') }}", None) == NOTHING
    assert rule_clause("term = 3", None) == "term = 3"


RAW = [
    SimpleNamespace(id=2, group_key="g", clause="subject = {{ claim('subject_area') }}"),
    SimpleNamespace(id=1, group_key=None, clause="term = 3"),
]


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> HomeroomSecurityManager:
    monkeypatch.setattr(SupersetSecurityManager, "get_rls_filters", lambda _self, _table: list(RAW))
    made = object.__new__(HomeroomSecurityManager)
    # As if the policy said nothing: only the rule tells these guests apart.
    monkeypatch.setattr(HomeroomSecurityManager, "get_guest_rls_filters", lambda _self, _dataset: [])
    return made


@pytest.fixture
def as_guest(make_verifier: Callable[..., TokenVerifier], north: Signer) -> Iterator[Callable[..., None]]:
    context = Flask("rules").test_request_context()
    context.push()

    def become(**claims: Any) -> None:
        g.homeroom_claims = make_verifier().verify(north.token(**claims))

    yield become
    context.pop()


TABLE = SimpleNamespace(id=9, uuid="u", is_rls_supported=True)


def test_the_query_gets_the_literals(manager: HomeroomSecurityManager, as_guest: Callable[..., None]) -> None:
    as_guest(subject_area="Art")
    rules = manager.get_rls_filters(TABLE)
    assert [(rule.id, rule.group_key, rule.clause) for rule in rules] == [
        (2, "g", "subject = 'Art'"),
        (1, None, "term = 3"),
    ]


def test_the_cache_key_holds_the_same_literals(
    manager: HomeroomSecurityManager, as_guest: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = SimpleNamespace(current=lambda: Policy("hash", {}))
    monkeypatch.setattr(security_manager, "services", lambda: SimpleNamespace(policy=policy))
    keys = set()
    for claims in ({"subject_area": "Art"}, {"subject_area": "Music"}, {"subject_area": None}):
        as_guest(**claims)
        literals, scope = manager.get_rls_cache_key(TABLE)[:-1], manager.get_rls_cache_key(TABLE)[-1]
        assert scope.startswith("homeroom scope ")
        assert not any("{{" in part for part in literals)
        keys.add(tuple(literals))
    assert len(keys) == 3


def test_superset_itself_would_share_the_entry(
    manager: HomeroomSecurityManager, as_guest: Callable[..., None]
) -> None:
    keys = set()
    for area in ("Art", "Music"):
        as_guest(subject_area=area)
        rules = sorted(SupersetSecurityManager.get_rls_filters(manager, TABLE), key=lambda rule: rule.id)
        keys.add(tuple(f"{rule.clause}-{rule.group_key or ''}" for rule in rules))
    assert len(keys) == 1


def test_superset_renders_no_template_of_anybody() -> None:
    from pathlib import Path

    import homeroom_superset

    config = Path(homeroom_superset.__file__).with_name("superset_config.py").read_text(encoding="utf-8")
    assert '"ENABLE_TEMPLATE_PROCESSING": False' in config
