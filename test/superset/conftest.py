from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from homeroom_superset.events import TokenEvents
from homeroom_superset.platform import read_platform
from homeroom_superset.settings import LOGIN_SECRETS, REPOSITORY_CONTRACT
from homeroom_superset.token.claims import ClaimReader
from homeroom_superset.token.jwks import KeySet
from homeroom_superset.token.revocation import Revocations, Snapshot
from homeroom_superset.token.token import Limits, TokenVerifier

from redis_server import Server

ISSUER = "https://north.school.localhost"


def _number(value: int) -> str:
    return (
        base64.urlsafe_b64encode(value.to_bytes((value.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()
    )


class Signer:
    """One signing key, its entry in the key set, and tokens made with it."""

    def __init__(self, kid: str, issuer: str = ISSUER, tenants: tuple[str, ...] = ("north",)) -> None:
        self.kid = kid
        self.issuer = issuer
        self.private = rsa.generate_private_key(65537, 2048)
        numbers = self.private.public_key().public_numbers()
        self.entry: dict[str, Any] = {
            "kty": "RSA", "n": _number(numbers.n), "e": _number(numbers.e), "kid": kid, "alg": "RS256",
            "use": "sig", "iss": issuer, "tenants": list(tenants), "activate_at": 1, "retire_at": None,
        }  # fmt: skip

    def claims(self, **changed: Any) -> dict[str, Any]:
        now = int(time.time())
        claims = {
            "user_id": 7, "username": "pat", "email": "pat@school.example", "first_name": "Pat",
            "last_name": "Lee", "is_active": True, "role": "principal", "school_id": 42, "tenant": "north",
            "dashboard": "student-progress", "type": "guest", "iss": self.issuer, "aud": "homeroom",
            "iat": now, "nbf": now, "exp": now + 600, "jti": "0123456789abcdef0123",
        }  # fmt: skip
        claims.update(changed)
        return {name: value for name, value in claims.items() if value is not ...}

    def token(self, headers: dict[str, Any] | None = None, **changed: Any) -> str:
        header = {"kid": self.kid, **(headers or {})}
        return jwt.encode(self.claims(**changed), self.private, algorithm="RS256", headers=header)


@pytest.fixture(scope="session")
def north() -> Signer:
    return Signer("north-1")


@pytest.fixture(scope="session")
def south() -> Signer:
    return Signer("south-1", "https://south.school.localhost", ("south",))


@pytest.fixture
def jwks(tmp_path: Path, north: Signer, south: Signer) -> Path:
    path = tmp_path / "jwks.json"
    path.write_text(json.dumps({"keys": [north.entry, south.entry]}))
    return path


class Store:
    """A trust store in memory: what it says, and whether it can be read."""

    def __init__(self) -> None:
        self.floor = 0
        self.entries: dict[str, str] = {}
        self.error: Exception | None = None
        self.reads = 0
        self.now = 1000.0

    def read(self) -> Snapshot:
        self.reads += 1
        if self.error is not None:
            raise self.error
        return Snapshot(self.now, self.floor, dict(self.entries))

    def revocations(self) -> Revocations:
        return Revocations(self.read, 2, 5, 0.2, lambda: self.now)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    running = Server(tmp_path_factory.mktemp("redis"))
    yield running
    running.stop()


@pytest.fixture
def store() -> Store:
    return Store()


@pytest.fixture
def lines() -> list[str]:
    """Returns what was written about tokens, a line each."""
    return []


@pytest.fixture
def make_verifier(jwks: Path, store: Store, lines: list[str]) -> Callable[..., TokenVerifier]:
    platform = read_platform(REPOSITORY_CONTRACT)
    limits = Limits(
        "homeroom", platform.token_max_bytes, platform.token_max_age_seconds, platform.clock_skew_seconds
    )

    def make(clock: Callable[[], float] = time.time) -> TokenVerifier:
        reader = ClaimReader(REPOSITORY_CONTRACT / "claims.schema.json")
        return TokenVerifier(
            KeySet(jwks), reader, limits, store.revocations(), TokenEvents(lines.append), clock
        )

    return make


@pytest.fixture
def environ(tmp_path: Path, jwks: Path) -> dict[str, str]:
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    for key, name in read_platform(REPOSITORY_CONTRACT).secret_files.items():
        login = json.dumps({"username": f"{name}_a", "password": "s" * 40})
        (secrets / name).write_text(login if key in LOGIN_SECRETS else "s" * 40)
    policy = tmp_path / "policy.json"
    policy.write_text(json.dumps({"version": 1, "hash": "h", "datasets": {}}))
    return {
        "HOMEROOM_ENVIRONMENT": "test",
        "HOMEROOM_SECRETS_DIR": str(secrets),
        "HOMEROOM_METADATA_URL": "postgresql+psycopg2://meta@127.0.0.1:5433/homeroom_metadata",
        "HOMEROOM_ANALYTICS_URL": "postgresql+psycopg2://reader@127.0.0.1:5433/homeroom_schools",
        "HOMEROOM_CACHE_REDIS_URL": "redis://127.0.0.1:6380",
        "HOMEROOM_BROKER_REDIS_URL": "rediss://127.0.0.1:6381",
        "HOMEROOM_JWKS_FILE": str(jwks),
        "HOMEROOM_POLICY_FILE": str(policy),
        "HOMEROOM_AUDIENCE": "homeroom",
        "HOMEROOM_EMBED_ORIGINS": "https://analytics1.homeroom.localhost:8443",
        "HOMEROOM_STUDIO_ORIGINS": "https://studio.homeroom.localhost:8443",
        "HOMEROOM_FRAME_ANCESTORS": "https://school.localhost:8443",
        "HOMEROOM_PROXY_HOPS": "1",
        "HOMEROOM_STATE_DIR": str(tmp_path),
    }
