"""TypeScript and Python give the same answer to the same claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from homeroom_superset.database.signed_claims import key_id, sign_claims
from homeroom_superset.policy.clause import NOTHING, row_clause
from homeroom_superset.policy.compiled import parse_policy
from homeroom_superset.refusal import TokenRefused
from homeroom_superset.settings import REPOSITORY_CONTRACT
from homeroom_superset.token.strict import check_form
from homeroom_superset.token.token import TokenVerifier

from conftest import Signer

CLAIMS = json.loads((REPOSITORY_CONTRACT / "vectors" / "claims.json").read_text())
FORMS = json.loads((REPOSITORY_CONTRACT / "vectors" / "token-forms.json").read_text())
ROWS = json.loads((REPOSITORY_CONTRACT / "vectors" / "rows.json").read_text())["rows"]
POLICY = parse_policy((REPOSITORY_CONTRACT / "compiled-policy.json").read_text())
TABLES = {
    dataset["table"].removeprefix("public."): uuid
    for uuid, dataset in json.loads((REPOSITORY_CONTRACT / "compiled-policy.json").read_text())[
        "datasets"
    ].items()
}
THEN = 1_800_000_000

Make = Callable[..., TokenVerifier]


def verify(make: Make, north: Signer, south: Signer, claims: Any) -> Any:
    signer = south if isinstance(claims, dict) and claims.get("iss") == south.issuer else north
    # PyJWT would refuse to sign some of what must be refused on arrival.
    raw = jwt.api_jws.encode(
        json.dumps(claims).encode(), signer.private, "RS256", {"kid": signer.kid, "typ": "JWT"}
    )
    return make(lambda: THEN).verify(raw)


@pytest.mark.parametrize("vector", CLAIMS["accepted"], ids=lambda v: v["name"])
def test_accepted(make_verifier: Make, north: Signer, south: Signer, vector: dict[str, Any]) -> None:
    assert verify(make_verifier, north, south, vector["claims"]).role == vector["claims"]["role"]


@pytest.mark.parametrize("vector", CLAIMS["refused"], ids=lambda v: v["name"])
def test_refused(make_verifier: Make, north: Signer, south: Signer, vector: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        verify(make_verifier, north, south, vector["claims"])


@pytest.mark.parametrize("vector", FORMS["accepted"], ids=lambda v: v["name"])
def test_an_accepted_form(vector: dict[str, Any]) -> None:
    check_form(".".join(vector["parts"]))


@pytest.mark.parametrize("vector", FORMS["refused"], ids=lambda v: v["name"])
def test_a_refused_form(vector: dict[str, Any]) -> None:
    with pytest.raises(TokenRefused):
        check_form(".".join(vector["parts"]))


def test_a_signed_token_of_another_form_is_refused(make_verifier: Make, north: Signer) -> None:
    claims = json.dumps({**north.claims(), "school_id": 42}).encode()
    header = {"kid": north.kid, "typ": "JWT"}
    twice = claims[:-1] + b', "school_id": 43}'
    for payload in (twice, b"\xef\xbb\xbf" + claims, claims.decode().encode("utf-16")):
        with pytest.raises(TokenRefused):
            make_verifier().verify(jwt.api_jws.encode(payload, north.private, "RS256", header))
    signed = jwt.api_jws.encode(claims, north.private, "RS256", header)
    for changed in (f"{signed}=", f"{signed}==", f"{signed}\n", f" {signed}"):
        with pytest.raises(TokenRefused):
            make_verifier().verify(changed)
    assert make_verifier().verify(signed).school_id == 42


@pytest.mark.parametrize("vector", ROWS, ids=lambda v: v["name"])
def test_rows(vector: dict[str, Any]) -> None:
    conditions = POLICY.clause(TABLES.get(vector["dataset"], "none"), vector["role"])
    assert row_clause(conditions, vector["claims"]) == (vector["sql"] or NOTHING)


SIGNED = json.loads((REPOSITORY_CONTRACT / "vectors" / "signed-claims.json").read_text())["vectors"]


@pytest.mark.parametrize("vector", SIGNED, ids=lambda v: v["name"])
def test_signed_claims(vector: dict[str, Any]) -> None:
    assert key_id(vector["key"]) == vector["kid"]
    signed = sign_claims(vector["key"], vector["claims"], vector["database"], vector["pid"], vector["began"])
    assert signed == vector["signed"]
