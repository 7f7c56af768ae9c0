"""TypeScript and Python derive the same UUIDs of the content."""

from __future__ import annotations

import json

import pytest

from homeroom_superset.content.identifiers import Kind, content_id
from homeroom_superset.platform import read_platform
from homeroom_superset.settings import REPOSITORY_CONTRACT

NAMESPACE = read_platform(REPOSITORY_CONTRACT).content_namespace
IDS = json.loads((REPOSITORY_CONTRACT / "vectors" / "content-ids.json").read_text(encoding="utf-8"))["ids"]


@pytest.mark.parametrize(("kind", "name", "uuid"), [(row["kind"], row["name"], row["uuid"]) for row in IDS])
def test_an_identifier_follows_from_kind_and_name(kind: Kind, name: str, uuid: str) -> None:
    assert content_id(NAMESPACE, kind, name) == uuid
