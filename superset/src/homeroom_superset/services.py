"""Objects with the lifetime of the process, stored in the Flask application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

from flask import Flask, current_app

from homeroom_superset.cache import redis as stores
from homeroom_superset.embed.entry import Entries, open_entries
from homeroom_superset.events import TokenEvents, stdout_lines
from homeroom_superset.gate.share import RedisShares, Share, Shares
from homeroom_superset.gate.tabs import RedisTabs, Tabs
from homeroom_superset.policy.compiled import PolicyFile
from homeroom_superset.settings import Settings
from homeroom_superset.token.claims import ClaimReader
from homeroom_superset.token.jwks import KeySet
from homeroom_superset.token.token import Limits, TokenVerifier
from homeroom_superset.token.trust_store import open_revocations

EXTENSION = "homeroom"


@dataclass(frozen=True)
class Services:
    settings: Settings
    verifier: TokenVerifier
    entries: Entries
    shares: Shares
    tabs: Tabs
    policy: PolicyFile


def build_services(settings: Settings) -> Services:
    platform = settings.platform
    limits = Limits(
        audience=settings.audience,
        max_bytes=platform.token_max_bytes,
        max_age_seconds=platform.token_max_age_seconds,
        skew_seconds=platform.clock_skew_seconds,
    )
    reader = ClaimReader(settings.contract_dir / "claims.schema.json")
    return Services(
        settings=settings,
        verifier=TokenVerifier(
            KeySet(settings.jwks_file),
            reader,
            limits,
            open_revocations(settings),
            TokenEvents(stdout_lines()),
        ),
        entries=open_entries(settings),
        shares=RedisShares(
            stores.cache_client(settings, stores.RATE_DB),
            Share(platform.guest_burst, platform.guest_per_second),
        ),
        tabs=RedisTabs(stores.cache_client(settings, stores.STATE_DB), platform.freshness["historical"]),
        policy=PolicyFile(settings.policy_file),
    )


def install(app: Flask, settings: Settings) -> None:
    app.extensions[EXTENSION] = build_services(settings)


def services() -> Services:
    return cast(Services, current_app.extensions[EXTENSION])
