from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from homeroom_superset.policy.clause import NOTHING, row_clause
from homeroom_superset.policy.compiled import Condition, PolicyFile

SCHOOL = Condition("school_id", "eq", "school_id", "integer")
CLASSES = Condition("class_id", "in", "class_ids", "integer_set")
TENANT = Condition("tenant", "eq", "tenant", "text")
CAMPUS = Condition("campus", "eq", "campus_id", "uuid")
CAMPUSES = Condition("campus", "in", "campus_ids", "uuid_set")
SINCE = Condition("enrolled_on", "eq", "enrolled_on", "date")
SUBJECTS = Condition("subject", "in", "subjects", "text_set")
UUID = "0f8fad5b-d9cb-469f-a165-70867728950e"


def test_literals_are_typed_and_quoted() -> None:
    claims = {"tenant": "north", "school_id": 42, "class_ids": [1, 2]}
    assert (
        row_clause([TENANT, SCHOOL, CLASSES], claims)
        == "tenant = 'north' AND school_id = 42 AND class_id IN (1, 2)"
    )


def test_keys_may_be_of_64_bits_or_uuids() -> None:
    largest = 9007199254740991
    assert row_clause([SCHOOL], {"school_id": largest}) == f"school_id = {largest}"
    assert row_clause([CAMPUSES], {"campus_ids": [UUID, UUID]}) == (
        f"campus IN (CAST('{UUID}' AS UUID), CAST('{UUID}' AS UUID))"
    )


def test_each_type_of_claim_becomes_a_literal_of_that_type() -> None:
    claims = {"campus_id": UUID, "enrolled_on": "2026-02-28", "subjects": ["Mathematics", "Art"]}
    assert row_clause([CAMPUS, SINCE, SUBJECTS], claims) == (
        f"campus = CAST('{UUID}' AS UUID) AND enrolled_on = CAST('2026-02-28' AS DATE) "
        "AND subject IN ('Mathematics', 'Art')"
    )


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        (CAMPUS, UUID.upper()),
        (CAMPUS, UUID + "'"),
        (CAMPUS, "0f8fad5b"),
        (CAMPUS, 7),
        (CAMPUS, [UUID]),
        (SINCE, "2026-02-30"),
        (SINCE, "20260228"),
        (SINCE, "2026-02-28' OR '1'='1"),
        (SINCE, 20260228),
        (SUBJECTS, []),
        (SUBJECTS, "Art"),
        (SUBJECTS, ["Art", 1]),
        (SUBJECTS, ["Art", "') OR ('1'='1"]),
        (SUBJECTS, ["Art", None]),
        (Condition("subject", "eq", "subjects", "text_set"), ["Art"]),
        (Condition("campus", "in", "campus_id", "uuid"), UUID),
        (CAMPUSES, []),
        (CAMPUSES, UUID),
        (CAMPUSES, [UUID, 7]),
        (CAMPUSES, [UUID.upper()]),
        (SCHOOL, None),
        (SCHOOL, True),
        (SCHOOL, "42"),
        (SCHOOL, "42 OR 1=1"),
        (SCHOOL, 42.0),
        (SCHOOL, [42]),
        (SCHOOL, 2**64),
        (CLASSES, []),
        (CLASSES, None),
        (CLASSES, [1, None]),
        (CLASSES, [1, "2"]),
        (CLASSES, [True]),
        (CLASSES, 1),
        (TENANT, ""),
        (TENANT, None),
        (TENANT, 1),
        (TENANT, "x' OR '1'='1"),
        (TENANT, "{{ 1 }}"),
        (TENANT, "a:b"),
        (TENANT, "a%b"),
        (TENANT, "a\nb"),
        (Condition("school_id", "like", "school_id", "integer"), 42),
        (Condition("school_id", "eq", "school_id", "float"), 42),
    ],
)
def test_what_cannot_be_bound_shows_nothing(condition: Condition, value: Any) -> None:
    assert row_clause([SCHOOL, condition], {"school_id": 42} | {condition.claim: value}) == NOTHING


def test_no_policy_and_an_empty_clause_show_nothing() -> None:
    assert row_clause(None, {"school_id": 42}) == NOTHING
    assert row_clause([], {"school_id": 42}) == NOTHING


def test_a_column_that_needs_quotes_gets_them() -> None:
    assert (
        row_clause([Condition('a"; drop', "eq", "school_id", "integer")], {"school_id": 1})
        == '"a""; drop" = 1'
    )


def test_a_changed_policy_is_read_again_and_a_broken_or_lost_one_denies(tmp_path: Path) -> None:
    path = tmp_path / "policy.json"
    clause = {"all": [{"column": "school_id", "op": "eq", "claim": "school_id", "type": "integer"}]}
    policy = {
        "version": 1,
        "hash": "a",
        "datasets": {"u": {"table": "t", "roles": {"principal": clause}}},
        "sqlDatasets": {},
    }
    path.write_text(json.dumps(policy))
    source = PolicyFile(path)
    assert source.current().clause("u", "principal") == (SCHOOL,)
    assert source.current().clause("u", "teacher") is None
    assert source.current().clause("other", "principal") is None
    path.write_text(json.dumps(policy | {"version": 2, "note": "from the future"}))
    assert source.current().clause("u", "principal") is None
    path.write_text(json.dumps(policy))
    assert source.current().clause("u", "principal") == (SCHOOL,)
    path.unlink()
    assert source.current().clause("u", "principal") is None
