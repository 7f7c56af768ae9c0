"""Prints, as JSON, the median milliseconds of verifying a token: not seen before, and seen before."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from homeroom_superset.events import TokenEvents
from homeroom_superset.token.claims import ClaimReader
from homeroom_superset.token.jwks import KeySet
from homeroom_superset.token.revocation import Revocations, Snapshot
from homeroom_superset.token.token import Limits, TokenVerifier


def main(jwks: Path, contract: Path, token_file: Path) -> None:
    limits = json.loads((contract / "platform.json").read_text())["limits"]
    token = token_file.read_text()
    reader = ClaimReader(contract / "claims.schema.json")

    lines: list[str] = []

    def verifier() -> TokenVerifier:
        pinned = Limits(
            "homeroom", limits["tokenMaxBytes"], limits["tokenMaxAgeSeconds"], limits["clockSkewSeconds"]
        )
        revocations = Revocations(lambda: Snapshot(time.monotonic(), 0, {}), 2, 5, 1)
        return TokenVerifier(KeySet(jwks), reader, pinned, revocations, TokenEvents(lines.append))

    first, later = [], []
    for _ in range(200):
        fresh = verifier()
        fresh._keys.refresh()
        began = time.perf_counter()
        fresh.verify(token)
        first.append(time.perf_counter() - began)
        began = time.perf_counter()
        fresh.verify(token)
        later.append(time.perf_counter() - began)
    print(json.dumps([statistics.median(first) * 1000, statistics.median(later) * 1000]))


main(Path(sys.argv[1]), Path(sys.argv[2]), Path(sys.argv[3]))
