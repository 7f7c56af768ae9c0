"""Two guests share a cached answer only when they may see the same rows, whatever the clauses say."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask, g
from homeroom_superset.gate import security_manager
from homeroom_superset.gate.security_manager import HomeroomSecurityManager
from homeroom_superset.policy.compiled import Condition, Policy
from homeroom_superset.token.token import TokenVerifier
from superset.security import SupersetSecurityManager

from conftest import Signer


@pytest.fixture
def key_of(
    make_verifier: Callable[..., TokenVerifier], north: Signer, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., list[str]]:
    # As if the first lock were gone: no clause tells the guests apart.
    monkeypatch.setattr(SupersetSecurityManager, "get_rls_cache_key", lambda _self, _datasource: ["same"])
    manager = object.__new__(HomeroomSecurityManager)

    def key(bound: str | None = None, **claims: Any) -> list[str]:
        datasets = {} if bound is None else {"uuid": {"principal": (Condition("of", "eq", bound, "text"),)}}
        current = Policy("hash", datasets)
        policy = SimpleNamespace(current=lambda: current)
        monkeypatch.setattr(security_manager, "services", lambda: SimpleNamespace(policy=policy))
        with Flask("cache").test_request_context():
            g.homeroom_claims = make_verifier().verify(north.token(**claims))
            return manager.get_rls_cache_key(SimpleNamespace())

    return key


def test_the_same_rows_share_an_answer(key_of: Callable[..., list[str]]) -> None:
    assert key_of() == key_of(user_id=8, username="sam", jti="z" * 20)
    teacher = {"role": "teacher"}
    assert key_of(**teacher, class_ids=[2, 1]) == key_of(**teacher, class_ids=[1, 2])


def test_other_rows_do_not(key_of: Callable[..., list[str]]) -> None:
    people: list[dict[str, Any]] = [
        {},
        {"school_id": 43},
        {"role": "teacher", "class_ids": [1, 2]},
        {"role": "teacher", "class_ids": [12]},
        {"role": "student", "student_id": 1},
        {"role": "student", "student_id": 2},
    ]
    assert len({tuple(key_of(**person)) for person in people}) == len(people)


def test_a_claim_that_a_policy_may_bind_tells_people_apart(key_of: Callable[..., list[str]]) -> None:
    assert key_of(subject_area="Mathematics") != key_of(subject_area="English")
    assert key_of("user_id", user_id=8) != key_of("user_id", user_id=9)


def test_what_superset_puts_into_the_key_stays(key_of: Callable[..., list[str]]) -> None:
    assert key_of()[0] == "same"


def test_an_author_has_the_key_of_superset(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(SupersetSecurityManager, "get_rls_cache_key", lambda _self, _datasource: ["same"])
    with Flask("cache").test_request_context():
        assert object.__new__(HomeroomSecurityManager).get_rls_cache_key(SimpleNamespace()) == ["same"]
