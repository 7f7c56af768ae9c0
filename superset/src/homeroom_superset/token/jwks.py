"""The JWKS file of the issuers' public keys, read again when it changes."""

from __future__ import annotations

import json
import logging
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from homeroom_superset.refusal import ExpectedError

logger = logging.getLogger(__name__)

MIN_KEY_BITS = 2048
# The random text that AWS stores before the first rotation: isPlaceholder of
# runtime/tokens/keys/signing-secret.ts.
AWS_PLACEHOLDER = re.compile(r"[A-Za-z0-9]{64}")


@dataclass(frozen=True)
class Key:
    kid: str
    issuer: str
    tenants: frozenset[str]
    activate_at: int
    retire_at: int | None
    public: RSAPublicKey


class KeySetError(ExpectedError):
    """Raised when the file is not a key set; the message names the key and the member."""


def _time(raw: dict[str, Any], member: str, kid: str) -> int:
    value = raw.get(member)
    if type(value) is not int or value < 0:
        raise KeySetError(f"key {kid!r}: {member} is {value!r}; it must be seconds since 1970")
    return value


def read_key(raw: dict[str, Any]) -> Key:
    kid = raw.get("kid")
    if not isinstance(kid, str) or not kid:
        raise KeySetError(f"a key has kid {kid!r}; it must be a non-empty string")
    for member, wanted in (("kty", "RSA"), ("alg", "RS256"), ("use", "sig")):
        if raw.get(member) != wanted:
            raise KeySetError(f"key {kid!r}: {member} is {raw.get(member)!r}; it must be {wanted!r}")
    issuer, tenants = raw.get("iss"), raw.get("tenants")
    if not isinstance(issuer, str) or not issuer:
        raise KeySetError(f"key {kid!r}: iss is {issuer!r}; it must name the issuer")
    if not isinstance(tenants, list) or not tenants or not all(isinstance(t, str) and t for t in tenants):
        raise KeySetError(f"key {kid!r}: tenants is {tenants!r}; it must list at least one tenant")
    if "d" in raw:
        raise KeySetError(f"key {kid!r}: this is a private key; publish the public half only")
    public = jwt.PyJWK({k: raw.get(k) for k in ("kty", "n", "e", "kid", "alg", "use")}, "RS256").key
    if not isinstance(public, RSAPublicKey) or public.key_size < MIN_KEY_BITS:
        raise KeySetError(f"key {kid!r}: it must be an RSA key of at least {MIN_KEY_BITS} bits")
    return Key(
        kid=kid,
        issuer=issuer,
        tenants=frozenset(tenants),
        activate_at=_time(raw, "activate_at", kid),
        retire_at=None if raw.get("retire_at") is None else _time(raw, "retire_at", kid),
        public=public,
    )


def read_keys(text: str) -> dict[str, Key]:
    if AWS_PLACEHOLDER.fullmatch(text.strip()):
        return {}
    raw = json.loads(text)
    if not isinstance(raw, dict) or not isinstance(raw.get("keys"), list):
        raise KeySetError('it must be {"keys": […]}')
    keys: dict[str, Key] = {}
    for entry in raw["keys"]:
        key = read_key(entry)
        if key.kid in keys:
            raise KeySetError(f"kid {key.kid!r} appears twice")
        keys[key.kid] = key
    return keys


class KeySet:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._keys: dict[str, Key] = {}
        self.generation = 0

    def refresh(self) -> None:
        """Reads the file again if it changed. An invalid new file leaves the last valid keys in use."""
        try:
            stat = self._path.stat()
        except OSError:
            if self._seen is None:
                raise
            return
        seen = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if seen == self._seen:
            return
        with self._lock:
            if seen == self._seen:
                return
            try:
                self._keys = read_keys(self._path.read_text(encoding="utf-8"))
                self.generation += 1
            except (KeySetError, ValueError, OSError, jwt.PyJWTError, AttributeError) as error:
                logger.error("key set %s is not usable, keeping the last good one: %s", self._path, error)
            self._seen = seen

    def find(self, kid: str) -> Key | None:
        return self._keys.get(kid)
