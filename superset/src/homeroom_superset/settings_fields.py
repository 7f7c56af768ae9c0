"""Written by `npm run contract:write` from contract/environment.json; change that file instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, kw_only=True)
class SettingsFields:
    """The values of the environment, by the names of the variables without HOMEROOM_."""

    environment: str
    secrets_dir: Path
    metadata_url: str
    analytics_url: str
    tenant_databases: Mapping[str, str] | None
    tenant_time_zones: Mapping[str, str] | None
    cache_redis_url: str
    broker_redis_url: str
    jwks_file: Path
    policy_file: Path
    audience: str
    embed_origins: tuple[str, ...]
    studio_origins: tuple[str, ...]
    frame_ancestors: tuple[str, ...]
    proxy_hops: int
    state_dir: Path
    statsd_host: str | None
    single_use_entry: bool
    action_log_days: int
    audit_spool_dir: Path | None
    audit_log: str
    audit_profile: str
