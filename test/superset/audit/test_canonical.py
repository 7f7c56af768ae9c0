"""The encoding and the leaves of the audit trail are those of contract/audit/vectors."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from homeroom_superset.audit.canonical import MOST_PAYLOAD_BYTES, NotCanonical, decode, encode
from homeroom_superset.audit.leaf import FIRST_PREV, commitment, make_leaf
from hypothesis import given
from hypothesis import strategies as st

VECTORS = Path(__file__).resolve().parents[3] / "contract/audit/vectors"
CANONICAL = json.loads((VECTORS / "canonical.json").read_text(encoding="utf-8"))
CHAIN = json.loads((VECTORS / "chain.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("vector", CANONICAL["accepted"], ids=lambda vector: vector["name"])
def test_encodes_as_the_vector(vector: dict[str, Any]) -> None:
    assert encode(vector["value"]).hex() == vector["canonical"]
    assert decode(bytes.fromhex(vector["canonical"])) == vector["value"]


@pytest.mark.parametrize("vector", CANONICAL["refused"], ids=lambda vector: vector["name"])
def test_refuses_the_vector(vector: dict[str, Any]) -> None:
    with pytest.raises(NotCanonical):
        decode(bytes.fromhex(vector["bytes"]))


@pytest.mark.parametrize(
    "value", [None, 1.5, math.nan, b"x", {"a": None}, 2**53, -(2**53), "\ud800", "e\u0301"]
)
def test_refuses_a_value_it_cannot_hash(value: Any) -> None:
    with pytest.raises(NotCanonical):
        encode({"value": value})


def test_refuses_a_name_that_is_no_text() -> None:
    with pytest.raises(NotCanonical):
        encode({"a": {1: 2}})


def test_refuses_what_is_too_long() -> None:
    assert len(encode({"t": "a" * (MOST_PAYLOAD_BYTES - 8)})) == MOST_PAYLOAD_BYTES
    with pytest.raises(NotCanonical):
        encode({"t": "a" * (MOST_PAYLOAD_BYTES - 7)})


def test_makes_the_leaves_of_the_vectors() -> None:
    prev = FIRST_PREV
    for event in CHAIN["events"]:
        header, salt, payload = (bytes.fromhex(event[name]) for name in ("header", "salt", "payload"))
        leaf = make_leaf(header, salt, payload)
        assert commitment(salt, payload).hex() == event["commitment"]
        assert leaf.hash.hex() == event["leaf"]
        assert leaf.line() == event["line"].encode() + b"\n"
        assert decode(header)["prev"] == prev
        prev = event["leaf"]


VALUES = st.recursive(
    st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(max_size=8), VALUES, max_size=6))
def test_decodes_what_it_encodes(value: dict[str, Any]) -> None:
    try:
        encoded = encode(value)
    except NotCanonical:
        return
    assert decode(encoded) == value
    assert encode(decode(encoded)) == encoded
