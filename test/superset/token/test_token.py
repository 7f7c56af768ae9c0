from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from homeroom_superset.refusal import TokenRefused
from homeroom_superset.token.token import TokenVerifier

from conftest import Signer

Make = Callable[..., TokenVerifier]


def part(value: Any) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_a_good_token_becomes_claims(make_verifier: Make, north: Signer) -> None:
    assert make_verifier().verify(north.token(role="teacher", class_ids=[])).class_ids == ()
    claims = make_verifier().verify(north.token(role="teacher", class_ids=[3, 4]))
    assert (claims.tenant, claims.school_id, claims.class_ids, claims.kid) == ("north", 42, (3, 4), "north-1")


@pytest.mark.parametrize(
    ("ahead", "reason"),
    [
        ({"iat": -4000, "nbf": -4000, "exp": -3500}, "expired"),
        ({"iat": 100, "nbf": 100, "exp": 200}, "not valid yet"),
        ({"nbf": 100}, "not valid yet"),
        ({"exp": 3700}, "longer than 3600"),
    ],
)
def test_a_token_is_refused_for_its_times(
    make_verifier: Make, north: Signer, ahead: dict[str, int], reason: str
) -> None:
    now = int(time.time())
    with pytest.raises(TokenRefused, match=reason):
        make_verifier().verify(north.token(**{name: now + seconds for name, seconds in ahead.items()}))


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"aud": "other"}, "aud"),
        ({"aud": ["homeroom", "other"]}, "aud"),
        ({"iss": "https://south.school.localhost"}, "iss"),
        ({"tenant": "south"}, "may not sign for tenant 'south'"),
        ({"type": "author"}, "type"),
        ({"type": ...}, "'type' is a required property"),
        ({"school_id": ...}, "'school_id' is a required property"),
        ({"tenant": ...}, "'tenant' is a required property"),
        ({"jti": ...}, "jti"),
        ({"nbf": ...}, "nbf"),
        ({"exp": ...}, "exp"),
        ({"role": "admin"}, "role"),
        ({"role": ["principal"]}, "role"),
        ({"role": "teacher"}, "class_ids|the token"),
        ({"role": "teacher", "class_ids": [True]}, "class_ids"),
        ({"role": "teacher", "class_ids": [4201, 4202.0]}, "class_ids"),
        ({"role": "student"}, "student_id|the token"),
        ({"school_id": "42 OR 1=1"}, "school_id"),
        ({"school_id": "42"}, "school_id"),
        ({"school_id": True}, "school_id"),
        ({"school_id": 42.0}, "school_id"),
        ({"school_id": [42]}, "school_id"),
        ({"school_id": None}, "school_id"),
        ({"school_id": 2**63}, "school_id"),
        ({"school_id": 0}, "school_id"),
        ({"is_active": False}, "is_active"),
        ({"is_active": 1}, "is_active"),
        ({"is_admin": True}, "is_admin"),
        ({"rls_rules": [{"clause": "1=1"}]}, "rls_rules"),
        ({"email": "x" * 7000}, "bytes"),
    ],
)
def test_refused(make_verifier: Make, north: Signer, changed: dict[str, Any], reason: str) -> None:
    with pytest.raises(TokenRefused, match=reason):
        make_verifier().verify(north.token(**changed))


def test_another_key_of_the_same_name_is_refused(make_verifier: Make) -> None:
    with pytest.raises(TokenRefused, match="signature"):
        make_verifier().verify(Signer("north-1").token())


def test_an_unknown_kid_is_refused(make_verifier: Make, north: Signer) -> None:
    with pytest.raises(TokenRefused, match="not in the key set"):
        make_verifier().verify(north.token(headers={"kid": "other"}))


def test_a_kid_does_not_sign_for_the_issuer_of_another(make_verifier: Make, south: Signer) -> None:
    with pytest.raises(TokenRefused, match="iss"):
        make_verifier().verify(south.token(iss="https://north.school.localhost"))


def test_alg_none_is_refused(make_verifier: Make, north: Signer) -> None:
    for algorithm in ("none", "None", "NONE"):
        raw = f"{part({'alg': algorithm, 'typ': 'JWT', 'kid': 'north-1'})}.{part(north.claims())}."
        with pytest.raises(TokenRefused, match="alg"):
            make_verifier().verify(raw)


def test_hs256_signed_with_the_public_key_is_refused(make_verifier: Make, north: Signer) -> None:
    import hashlib
    import hmac

    pem = north.private.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    signed = f"{part({'alg': 'HS256', 'typ': 'JWT', 'kid': 'north-1'})}.{part(north.claims())}"
    mac = (
        base64.urlsafe_b64encode(hmac.new(pem, signed.encode(), hashlib.sha256).digest())
        .rstrip(b"=")
        .decode()
    )
    with pytest.raises(TokenRefused, match="alg"):
        make_verifier().verify(f"{signed}.{mac}")


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_rsa_algorithm_is_refused(make_verifier: Make, north: Signer, algorithm: str) -> None:
    raw = jwt.encode(north.claims(), north.private, algorithm=algorithm, headers={"kid": "north-1"})
    with pytest.raises(TokenRefused, match="alg"):
        make_verifier().verify(raw)


def test_a_key_in_the_header_is_refused(make_verifier: Make, north: Signer) -> None:
    with pytest.raises(TokenRefused, match="header member"):
        make_verifier().verify(north.token(headers={"jku": "https://evil.example/jwks"}))


@pytest.mark.parametrize("raw", ["", "x", "a.b", "a.b.c", "…", "a" * 6000, "\x00.\x00.\x00"])
def test_rubbish_is_refused(make_verifier: Make, raw: str) -> None:
    with pytest.raises(TokenRefused):
        make_verifier().verify(raw)


def test_the_clock_may_differ_by_thirty_seconds(make_verifier: Make, north: Signer) -> None:
    now = int(time.time())
    late = north.token(iat=now - 600, nbf=now - 600, exp=now)
    assert make_verifier(lambda: now + 29).verify(late)
    with pytest.raises(TokenRefused, match="expired"):
        make_verifier(lambda: now + 30).verify(late)
    early = north.token(iat=now + 30, nbf=now + 30, exp=now + 60)
    assert make_verifier(lambda: now).verify(early)


def test_a_remembered_token_expires_all_the_same(make_verifier: Make, north: Signer) -> None:
    clock = [time.time()]
    verifier = make_verifier(lambda: clock[0])
    raw = north.token()
    assert verifier.verify(raw) is verifier.verify(raw)
    clock[0] += 700
    with pytest.raises(TokenRefused, match="expired"):
        verifier.verify(raw)


def test_a_key_begins_and_retires_at_its_times(make_verifier: Make, north: Signer, jwks: Path) -> None:
    now = int(time.time())
    raw = north.token()
    jwks.write_text(json.dumps({"keys": [north.entry | {"activate_at": now + 100}]}))
    with pytest.raises(TokenRefused, match="not active"):
        make_verifier().verify(raw)
    jwks.write_text(json.dumps({"keys": [north.entry | {"retire_at": now + 100}]}))
    clock = [float(now)]
    verifier = make_verifier(lambda: clock[0])
    assert verifier.verify(raw)
    clock[0] = now + 100
    with pytest.raises(TokenRefused, match="retired"):
        verifier.verify(raw)


def test_the_key_set_is_read_again_when_it_changes(make_verifier: Make, north: Signer, jwks: Path) -> None:
    verifier = make_verifier()
    raw = north.token()
    assert verifier.verify(raw)
    fresh = Signer("north-2")
    jwks.write_text(json.dumps({"keys": [fresh.entry]}))
    assert verifier.verify(fresh.token())
    with pytest.raises(TokenRefused, match="not in the key set"):
        verifier.verify(raw)


def test_a_replaced_key_of_the_same_kid_forgets_what_it_signed(
    make_verifier: Make, north: Signer, jwks: Path
) -> None:
    verifier = make_verifier()
    raw = north.token()
    assert verifier.verify(raw)
    jwks.write_text(json.dumps({"keys": [Signer("north-1").entry, Signer("pad").entry]}))
    with pytest.raises(TokenRefused, match="signature"):
        verifier.verify(raw)


def test_a_key_file_before_the_first_rotation_holds_no_keys(
    make_verifier: Make, north: Signer, jwks: Path
) -> None:
    jwks.write_text("a1" * 32 + "\n")
    verifier = make_verifier()
    with pytest.raises(TokenRefused, match="not in the key set"):
        verifier.verify(north.token())
    jwks.write_text(json.dumps({"keys": [north.entry]}))
    assert verifier.verify(north.token())
    jwks.write_text("a1" * 32)
    with pytest.raises(TokenRefused, match="not in the key set"):
        verifier.verify(north.token())


@pytest.mark.parametrize("text", ["{", "[]", '{"keys":[{"kid":""}]}', '{"keys":[1]}'])
def test_a_broken_key_file_keeps_the_last_good_keys(
    make_verifier: Make, north: Signer, jwks: Path, text: str
) -> None:
    verifier = make_verifier()
    assert verifier.verify(north.token())
    jwks.write_text(text)
    assert verifier.verify(north.token())


@pytest.mark.parametrize(
    "change",
    [{"use": "enc"}, {"alg": "RS512"}, {"tenants": []}, {"iss": None}, {"activate_at": "1"}, {"d": "AQAB"}],
)
def test_a_key_without_its_binding_is_not_used(
    make_verifier: Make, north: Signer, jwks: Path, change: dict[str, Any]
) -> None:
    jwks.write_text(json.dumps({"keys": [north.entry | change]}))
    with pytest.raises(TokenRefused):
        make_verifier().verify(north.token())
