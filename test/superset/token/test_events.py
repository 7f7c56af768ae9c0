from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable
from typing import Any

import jsonschema
import pytest
from homeroom_superset.events import REFUSALS_PER_SECOND, TokenEvents, stdout_lines
from homeroom_superset.refusal import TokenRefused
from homeroom_superset.settings import REPOSITORY_CONTRACT
from homeroom_superset.token.revocation import StoreError
from homeroom_superset.token.token import TokenVerifier

from conftest import Signer, Store

Make = Callable[..., TokenVerifier]
SCHEMA = jsonschema.Draft202012Validator(json.loads((REPOSITORY_CONTRACT / "events.schema.json").read_text()))


def events(lines: list[str]) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in lines]
    for event in read:
        SCHEMA.validate(event)
    return read


def test_the_first_use_of_a_token_is_recorded_once_with_its_scope(
    make_verifier: Make, north: Signer, lines: list[str]
) -> None:
    verifier, raw = make_verifier(), north.token()
    for _ in range(3):
        verifier.verify(raw)
    [event] = events(lines)
    assert event["event"] == "token.accepted"
    assert event["token_sha256"] == hashlib.sha256(raw.encode()).hexdigest()
    assert [event[name] for name in ("tenant", "school_id", "role", "dashboard", "kid")] == [
        "north", 42, "principal", "student-progress", "north-1",
    ]  # fmt: skip


def test_no_line_names_a_person(make_verifier: Make, north: Signer, store: Store, lines: list[str]) -> None:
    verifier = make_verifier()
    verifier.verify(north.token(user_id=987654))
    store.entries = {"school:north:42": str(2**32)}
    store.now += 2
    with pytest.raises(TokenRefused):
        verifier.verify(north.token(user_id=987654, jti="a" * 20))
    assert len(lines) == 2
    for canary in ("987654", "pat", "Lee", "school.example"):
        assert canary not in "".join(lines)


def test_every_refusal_is_recorded_with_the_scope_of_a_genuine_token_alone(
    make_verifier: Make, north: Signer, store: Store, lines: list[str]
) -> None:
    verifier = make_verifier()
    raw, forged = north.token(), Signer("north-1").token()
    store.entries = {"school:north:42": str(2**32)}
    for token in (raw, raw, forged, "rubbish", "a" * 7000):
        with pytest.raises(TokenRefused):
            verifier.verify(token)
    revoked, again, *unknown = events(lines)
    assert [revoked["event"], revoked["status"], revoked["school_id"]] == ["token.rejected", 401, 42]
    assert "logged out" in revoked["reason"]
    assert again["token_sha256"] == revoked["token_sha256"]
    assert [set(event) for event in unknown] == [{"event", "time", "token_sha256", "status", "reason"}] * 3


def test_a_token_that_is_good_later_is_recorded_then(
    make_verifier: Make, north: Signer, store: Store, lines: list[str]
) -> None:
    verifier, raw = make_verifier(), north.token()
    store.error = StoreError("gone")
    with pytest.raises(TokenRefused):
        verifier.verify(raw)
    store.error = None
    store.now += 1
    verifier.verify(raw)
    assert [(e["event"], e.get("status")) for e in events(lines)] == [
        ("token.rejected", 503),
        ("token.accepted", None),
    ]


def test_no_line_holds_a_token_or_a_part_of_its_signature(
    make_verifier: Make, north: Signer, lines: list[str]
) -> None:
    verifier = make_verifier()
    good, expired, forged = north.token(), north.token(exp=1, iat=0), Signer("north-1").token()
    strange = north.token(headers={"kid": "k" * 500})
    for raw in (good, expired, forged, strange, f"{good}.{good}", good + "\n"):
        with contextlib.suppress(TokenRefused):
            verifier.verify(raw)
    assert len(lines) == 6
    events(lines)
    for raw in (good, expired, forged, strange):
        for part in raw.split("."):
            assert not any(part in line for line in lines)
    assert all("\n" not in line for line in lines)


def test_a_flood_is_counted_and_not_written(north: Signer) -> None:
    lines: list[str] = []
    now = [1000.0]
    recorder = TokenEvents(lines.append, lambda: now[0])
    for _ in range(REFUSALS_PER_SECOND + 30):
        recorder.rejected(b"x" * 32, TokenRefused("the token is not a JWT"), None)
    assert len(events(lines)) == REFUSALS_PER_SECOND
    now[0] += 1
    recorder.rejected(b"x" * 32, TokenRefused("the token is not a JWT"), None)
    assert [e["event"] for e in events(lines)[REFUSALS_PER_SECOND:]] == [
        "token.rejected_unrecorded",
        "token.rejected",
    ]
    assert events(lines)[REFUSALS_PER_SECOND]["count"] == 30


def test_lines_go_to_stdout_as_they_are(capsys: pytest.CaptureFixture[str]) -> None:
    import logging
    import sys

    write = stdout_lines()
    handler = logging.getLogger("homeroom.events").handlers[0]
    assert isinstance(handler, logging.StreamHandler)
    handler.setStream(sys.stdout)
    write('{"event": "100%"}')
    assert capsys.readouterr().out == '{"event": "100%"}\n'
