"""The limits, ports and names of contract/platform.json that Superset's processes use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID


@dataclass(frozen=True)
class TrustStore:
    redis_database: int
    revoked_hash: str
    revoked_floor: str
    floor_field: str
    begin_script: str
    entered_prefix: str
    refresh_seconds: float
    stale_seconds: float
    timeout_seconds: float


@dataclass(frozen=True)
class Platform:
    token_max_bytes: int
    token_max_age_seconds: int
    clock_skew_seconds: int
    class_ids_max: int
    row_limit: int
    body_max_bytes: int
    query_ms: int
    guest_query_ms: int
    guest_request_ms: int
    guest_burst: int
    guest_per_second: int
    gunicorn_seconds: int
    freshness_realtime: int
    freshness_daily: int
    freshness_historical: int
    metadata_pool_size: int
    metadata_pool_overflow: int
    metadata_pool_recycle: int
    analytics_pool_size: int
    session_hours: int
    content_namespace: UUID
    statsd_port: int
    secret_files: Mapping[str, str]
    trust_store: TrustStore


def read_platform(contract_dir: Path) -> Platform:
    raw = json.loads((contract_dir / "platform.json").read_text(encoding="utf-8"))
    limits, freshness, pool = raw["limits"], raw["freshness"], raw["metadataPool"]
    trust = raw["trustStore"]
    return Platform(
        token_max_bytes=limits["tokenMaxBytes"],
        token_max_age_seconds=limits["tokenMaxAgeSeconds"],
        clock_skew_seconds=limits["clockSkewSeconds"],
        class_ids_max=limits["classIdsMax"],
        row_limit=limits["rowLimit"],
        body_max_bytes=limits["bodyMaxBytes"],
        query_ms=raw["timeouts"]["queryMs"],
        guest_query_ms=raw["timeouts"]["guestQueryMs"],
        guest_request_ms=raw["timeouts"]["guestRequestMs"],
        guest_burst=limits["guestBurst"],
        guest_per_second=limits["guestPerSecond"],
        gunicorn_seconds=raw["timeouts"]["gunicornSeconds"],
        freshness_realtime=freshness["realtime"],
        freshness_daily=freshness["daily"],
        freshness_historical=freshness["historical"],
        metadata_pool_size=pool["size"],
        metadata_pool_overflow=pool["maxOverflow"],
        metadata_pool_recycle=pool["recycleSeconds"],
        analytics_pool_size=raw["analyticsPool"]["size"],
        session_hours=raw["sessionHours"],
        content_namespace=UUID(raw["contentNamespace"]),
        statsd_port=raw["ports"]["statsd"],
        secret_files=raw["secretFiles"],
        trust_store=TrustStore(
            redis_database=trust["redisDatabase"],
            revoked_hash=trust["revokedHash"],
            revoked_floor=trust["revokedFloor"],
            floor_field=trust["floorField"],
            begin_script="\n".join(trust["beginScript"]),
            entered_prefix=trust["enteredPrefix"],
            refresh_seconds=trust["refreshSeconds"],
            stale_seconds=trust["staleSeconds"],
            timeout_seconds=trust["timeoutMs"] / 1000,
        ),
    )
