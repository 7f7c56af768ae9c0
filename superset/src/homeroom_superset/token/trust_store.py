"""The trust store, a database of the broker's Redis, which evicts nothing."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from redis import Redis, RedisError
from redis.credentials import CredentialProvider

from homeroom_superset.platform import TrustStore
from homeroom_superset.settings import Settings
from homeroom_superset.token.revocation import Revocations, Snapshot, StoreError


class FileCredentials(CredentialProvider):
    """Redis credentials that are read at each connection, because mounted secrets rotate."""

    def __init__(self, username: str | None, file: Path) -> None:
        self._username = username
        self._file = file

    def get_credentials(self) -> tuple[str] | tuple[str, str]:
        password = self._file.read_text(encoding="utf-8").strip()
        return (self._username, password) if self._username else (password,)


def connect(settings: Settings) -> Redis:
    """Returns a Redis client that waits for a connection or an answer no longer than the contract's
    timeout."""
    parts = urlsplit(settings.broker_redis_url)
    trust = settings.platform.trust_store
    options: dict[str, Any] = {
        "host": parts.hostname,
        "port": parts.port or 6379,
        "db": trust.redis_database,
        "socket_timeout": trust.timeout_seconds,
        "socket_connect_timeout": trust.timeout_seconds,
    }
    if settings.secret("brokerRedisPassword"):
        file = settings.secret_file("brokerRedisPassword")
        options["credential_provider"] = FileCredentials(parts.username, file)
    if parts.scheme == "rediss":
        options |= {"ssl": True, "ssl_cert_reqs": "required", "ssl_check_hostname": True}
    return Redis(**options)


def read_snapshot(redis: Any, trust: TrustStore) -> Snapshot:
    began = time.monotonic()
    try:
        min_issued_at, entries = _read(redis, trust)
        # The hash repeats the key's value, so that the loss of either is noticed.
        if min_issued_at is None or entries.get(trust.floor_field) != min_issued_at:
            redis.eval(
                trust.begin_script,
                2,
                trust.revoked_hash,
                trust.revoked_floor,
                trust.floor_field,
                int(time.time()),
            )
            min_issued_at, entries = _read(redis, trust)
        if min_issued_at is None or not min_issued_at.isdecimal():
            raise StoreError(f"{trust.revoked_floor} holds no time")
    except (RedisError, OSError, ValueError) as error:
        raise StoreError(type(error).__name__) from error
    return Snapshot(read_at=began, min_issued_at=int(min_issued_at), entries=entries)


def _read(redis: Any, trust: TrustStore) -> tuple[str | None, dict[str, str]]:
    # MULTI is not used, because a full Redis refuses even reads in it. The repeated value shows changes in
    # between.
    pipe = redis.pipeline(transaction=False)
    pipe.get(trust.revoked_floor)
    pipe.hgetall(trust.revoked_hash)
    min_issued_at, entries = pipe.execute()
    text = {
        key.decode("utf-8", "replace"): value.decode("utf-8", "replace") for key, value in entries.items()
    }
    return (None if min_issued_at is None else min_issued_at.decode("ascii", "replace")), text


def open_revocations(settings: Settings) -> Revocations:
    trust, redis = settings.platform.trust_store, connect(settings)
    return Revocations(
        lambda: read_snapshot(redis, trust),
        refresh_seconds=trust.refresh_seconds,
        stale_seconds=trust.stale_seconds,
        # Four waits: connect, read, begin the list, read again.
        wait_seconds=4 * trust.timeout_seconds,
    )
