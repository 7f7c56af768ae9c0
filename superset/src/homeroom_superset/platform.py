"""The limits, ports and names of contract/platform.json that Superset's processes use."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, TypeVar, get_type_hints
from uuid import UUID

Made = TypeVar("Made")


def _unchanged(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class At:
    """Where a field's value is in the JSON, such as limits.rowLimit, and what makes it of what is there."""

    path: str
    read: Callable[[Any], Any] = _unchanged


def _read(kind: type[Made], raw: Mapping[str, Any]) -> Made:
    """Makes a dataclass whose fields are annotated with At. Raises KeyError with the path that is missing."""
    values: dict[str, Any] = {}
    for name, hint in get_type_hints(kind, include_extras=True).items():
        [at] = hint.__metadata__
        value: Any = raw
        for key in at.path.split("."):
            if key not in value:
                raise KeyError(at.path)
            value = value[key]
        values[name] = at.read(value)
    return kind(**values)


def _seconds(milliseconds: int) -> float:
    return milliseconds / 1000


@dataclass(frozen=True)
class TrustStore:
    redis_database: Annotated[int, At("redisDatabase")]
    revoked_hash: Annotated[str, At("revokedHash")]
    revoked_floor: Annotated[str, At("revokedFloor")]
    floor_field: Annotated[str, At("floorField")]
    begin_script: Annotated[str, At("beginScript", "\n".join)]
    entered_prefix: Annotated[str, At("enteredPrefix")]
    refresh_seconds: Annotated[float, At("refreshSeconds")]
    stale_seconds: Annotated[float, At("staleSeconds")]
    timeout_seconds: Annotated[float, At("timeoutMs", _seconds)]


def _trust_store(raw: Mapping[str, Any]) -> TrustStore:
    return _read(TrustStore, raw)


@dataclass(frozen=True)
class Platform:
    token_max_bytes: Annotated[int, At("limits.tokenMaxBytes")]
    token_max_age_seconds: Annotated[int, At("limits.tokenMaxAgeSeconds")]
    clock_skew_seconds: Annotated[int, At("limits.clockSkewSeconds")]
    class_ids_max: Annotated[int, At("limits.classIdsMax")]
    row_limit: Annotated[int, At("limits.rowLimit")]
    body_max_bytes: Annotated[int, At("limits.bodyMaxBytes")]
    query_ms: Annotated[int, At("timeouts.queryMs")]
    guest_query_ms: Annotated[int, At("timeouts.guestQueryMs")]
    guest_request_ms: Annotated[int, At("timeouts.guestRequestMs")]
    guest_burst: Annotated[int, At("limits.guestBurst")]
    guest_per_second: Annotated[int, At("limits.guestPerSecond")]
    gunicorn_seconds: Annotated[int, At("timeouts.gunicornSeconds")]
    freshness: Annotated[Mapping[str, int], At("freshness")]
    metadata_pool_size: Annotated[int, At("metadataPool.size")]
    metadata_pool_overflow: Annotated[int, At("metadataPool.maxOverflow")]
    metadata_pool_recycle: Annotated[int, At("metadataPool.recycleSeconds")]
    analytics_pool_size: Annotated[int, At("analyticsPool.size")]
    session_hours: Annotated[int, At("sessionHours")]
    content_namespace: Annotated[UUID, At("contentNamespace", UUID)]
    statsd_port: Annotated[int, At("ports.statsd")]
    secret_files: Annotated[Mapping[str, str], At("secretFiles")]
    trust_store: Annotated[TrustStore, At("trustStore", _trust_store)]


def read_platform(contract_dir: Path) -> Platform:
    return _read(Platform, json.loads((contract_dir / "platform.json").read_text(encoding="utf-8")))
