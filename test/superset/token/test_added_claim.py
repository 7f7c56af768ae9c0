"""A claim that an operator adds to the schema reaches the token, the row policy and the row rules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from homeroom_superset.policy.clause import NOTHING, row_clause
from homeroom_superset.policy.compiled import Condition
from homeroom_superset.policy.rule import rule_clause
from homeroom_superset.refusal import TokenRefused
from homeroom_superset.settings import REPOSITORY_CONTRACT
from homeroom_superset.token.claims import ClaimReader

from conftest import Signer

VECTOR = json.loads((REPOSITORY_CONTRACT / "vectors" / "added-claim.json").read_text())
NAME = VECTOR["claim"]
CONDITIONS = [
    Condition("tenant", "eq", "tenant", "text"),
    Condition("school_id", "eq", "school_id", "integer"),
    Condition(VECTOR["policy"]["column"], "eq", NAME, VECTOR["policy"]["type"]),
]


@pytest.fixture
def reader(tmp_path: Path) -> ClaimReader:
    schema = json.loads((REPOSITORY_CONTRACT / "claims.schema.json").read_text())
    schema["required"].append(NAME)
    schema["properties"][NAME] = VECTOR["property"]
    file = tmp_path / "claims.schema.json"
    file.write_text(json.dumps(schema))
    return ClaimReader(file)


def principal(north: Signer, **more: Any) -> dict[str, Any]:
    claims = {**north.claims(), "tenant": "north", "school_id": 42, "role": "principal", **more}
    return {name: value for name, value in claims.items() if name not in ("class_ids", "student_id")}


def test_it_binds_rows_and_rules(reader: ClaimReader, north: Signer) -> None:
    claims = reader.read(principal(north, **{NAME: VECTOR["accepted"]}), "kid")
    assert row_clause(CONDITIONS, claims.values) == VECTOR["sql"]
    assert rule_clause(VECTOR["rule"]["clause"], claims.values) == VECTOR["rule"]["sql"]


def test_it_parts_the_cache(reader: ClaimReader, north: Signer) -> None:
    scopes = {
        reader.read(principal(north, **{NAME: value}), "kid").scope(frozenset())
        for value in (VECTOR["accepted"], VECTOR["accepted"].replace("0", "1"))
    }
    assert len(scopes) == 2


def test_a_token_without_it_is_refused(reader: ClaimReader, north: Signer) -> None:
    with pytest.raises(TokenRefused, match=NAME):
        reader.read(principal(north), "kid")


@pytest.mark.parametrize("value", VECTOR["refused"])
def test_a_token_with_another_kind_of_value_is_refused_or_sees_nothing(
    reader: ClaimReader, north: Signer, value: Any
) -> None:
    with pytest.raises(TokenRefused, match=NAME):
        reader.read(principal(north, **{NAME: value}), "kid")
    assert row_clause(CONDITIONS, principal(north, **{NAME: value})) == NOTHING
