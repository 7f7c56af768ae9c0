"""The events that exist, from contract/audit/events.json."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Kind:
    """Class and activity of OCSF; durability A is acknowledged before the act, B before the answer, C when it
    can be."""

    name: str
    ocsf_class: int
    activity: int
    durability: str
    retention: str


def read_kinds(contract_dir: Path) -> Mapping[str, Kind]:
    raw = json.loads((contract_dir / "audit/events.json").read_text(encoding="utf-8"))
    return {
        name: Kind(name, kind["class"], kind["activity"], kind["durability"], kind["retention"])
        for name, kind in raw.items()
    }
