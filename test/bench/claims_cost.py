"""python test/bench/claims_cost.py <superset-environment.json>: p50 in ms of one checkout with one query,
with signed claims and row policies, and as an author, for whom the policy shows every row."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path

from homeroom_superset.database.analytics import opener
from homeroom_superset.database.connections import ConnectionPool, Signer
from homeroom_superset.database.signed_claims import sign_claims
from homeroom_superset.settings import read_settings

QUERY = "select sum(amount) from public.finances where tenant = 'north' and school_id = 42"


def main() -> None:
    settings = read_settings(json.loads(Path(sys.argv[1]).read_text()))
    claims = {"role": "principal", "tenant": "north", "school_id": 42}
    secret = settings.secret("claimsKey")

    def sign(database: str, pid: int, began: int) -> str:
        return sign_claims(secret, claims, database, pid, began)

    ways: list[tuple[ConnectionPool, Signer | None]] = [
        (ConnectionPool(opener(settings, settings.analytics_url, user), 1, 5.0), signer)
        for user, signer in (("analyticsReaderUser", sign), ("analyticsAuthorUser", None))
    ]
    taken: list[list[float]] = [[], []]
    answers = set()
    for index in range(420):
        for times, (pool, signer) in zip(taken, ways, strict=True):
            began = time.perf_counter()
            conn = pool.take(signer)
            with conn.cursor() as cursor:
                cursor.execute(QUERY)
                answers.add(cursor.fetchone())
            conn.close()
            if index >= 20:
                times.append((time.perf_counter() - began) * 1000)
    if len(answers) != 1 or answers == {(None,)}:
        raise SystemExit(f"both ways must give the same rows: {answers}")
    print(json.dumps([statistics.median(times) for times in taken]))


main()
