"""Superset's processes read contract/platform.json by the paths that each field declares."""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import get_type_hints

import pytest
from homeroom_superset.platform import Platform, TrustStore, read_platform
from homeroom_superset.settings import REPOSITORY_CONTRACT

RAW = json.loads((REPOSITORY_CONTRACT / "platform.json").read_text())


def test_values_have_the_declared_types() -> None:
    platform = read_platform(REPOSITORY_CONTRACT)
    for kind, made in ((Platform, platform), (TrustStore, platform.trust_store)):
        hints = get_type_hints(kind)
        for member in fields(kind):
            declared = getattr(hints[member.name], "__origin__", hints[member.name])
            # JSON does not tell a whole number of seconds from a float.
            wanted = (int, float) if declared is float else declared
            assert isinstance(getattr(made, member.name), wanted), member.name


def test_values_are_those_of_the_file() -> None:
    platform = read_platform(REPOSITORY_CONTRACT)
    assert platform.row_limit == RAW["limits"]["rowLimit"]
    assert platform.freshness == RAW["freshness"]
    assert platform.trust_store.timeout_seconds == RAW["trustStore"]["timeoutMs"] / 1000
    assert platform.trust_store.begin_script == "\n".join(RAW["trustStore"]["beginScript"])


def test_a_missing_value_is_named(tmp_path: Path) -> None:
    (tmp_path / "platform.json").write_text(json.dumps({**RAW, "limits": {}}))
    with pytest.raises(KeyError, match=r"limits\.tokenMaxBytes"):
        read_platform(tmp_path)
