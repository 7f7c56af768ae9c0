"""Verification of a guest token: RS256 with the key set, and a fixed value for every header and registered
claim."""

from __future__ import annotations

import hashlib
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import jwt

from homeroom_superset.events import TokenEvents
from homeroom_superset.refusal import TokenRefused
from homeroom_superset.token.claims import ClaimReader, Claims
from homeroom_superset.token.jwks import Key, KeySet
from homeroom_superset.token.revocation import Revocations
from homeroom_superset.token.strict import check_form

MAX_CACHED_TOKENS = 4096
ALLOWED_HEADER = frozenset({"alg", "typ", "kid"})


@dataclass(frozen=True)
class Limits:
    audience: str
    max_bytes: int
    max_age_seconds: int
    skew_seconds: int


@dataclass
class CachedToken:
    generation: int
    claims: Claims
    accepted: bool = False


class TokenVerifier:
    def __init__(
        self,
        keys: KeySet,
        claims: ClaimReader,
        limits: Limits,
        revocations: Revocations,
        events: TokenEvents,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._keys = keys
        self._claims = claims
        self._limits = limits
        self._revocations = revocations
        self._events = events
        self._clock = clock
        self._lock = threading.Lock()
        self._cached: OrderedDict[bytes, CachedToken] = OrderedDict()

    def verify(self, raw: str) -> Claims:
        text = raw.encode("utf-8", "replace")
        digest = hashlib.sha256(text).digest()
        known: CachedToken | None = None
        try:
            self._check_size(text)
            self._keys.refresh()
            generation = self._keys.generation
            known = self._find_cached(digest, generation) or self._cache(digest, generation, self._read(raw))
            self._check_now(known.claims)
        except TokenRefused as refusal:
            self._events.rejected(digest, refusal, None if known is None else known.claims)
            raise
        if not known.accepted:
            known.accepted = True
            self._events.accepted(digest, known.claims)
        return known.claims

    def _check_size(self, text: bytes) -> None:
        if len(text) > self._limits.max_bytes:
            raise TokenRefused(
                f"the token has more than {self._limits.max_bytes} bytes; send fewer class ids or departments"
            )

    def _check_now(self, claims: Claims) -> None:
        """Checks times, key and revocation on every request, so that a cached signature outlives none of
        them."""
        self._check_times(claims.values)
        key = self._keys.find(claims.kid)
        if key is None:
            raise TokenRefused(f"kid {claims.kid!r} is not in the key set; sign with a current key")
        self._check_key_times(key)
        self._revocations.check(claims)

    def _find_cached(self, digest: bytes, generation: int) -> CachedToken | None:
        with self._lock:
            found = self._cached.get(digest)
            if found is None or found.generation != generation:
                return None
            self._cached.move_to_end(digest)
            return found

    def _cache(self, digest: bytes, generation: int, claims: Claims) -> CachedToken:
        new = CachedToken(generation, claims)
        with self._lock:
            self._cached[digest] = new
            while len(self._cached) > MAX_CACHED_TOKENS:
                self._cached.popitem(last=False)
        return new

    def _read(self, raw: str) -> Claims:
        check_form(raw)
        key = self._key_of(raw)
        try:
            payload: dict[str, Any] = jwt.decode(
                raw,
                key=key.public,
                algorithms=["RS256"],
                audience=self._limits.audience,
                issuer=key.issuer,
                options={
                    "require": ["exp", "iat", "nbf", "iss", "aud", "jti"],
                    "verify_signature": True,
                    "verify_aud": True,
                    "verify_iss": True,
                    # _check_times checks the times, with the verifier's own clock.
                    "verify_exp": False,
                    "verify_nbf": False,
                    "verify_iat": False,
                },
            )
        except jwt.InvalidAudienceError as error:
            raise TokenRefused(f"aud is not {self._limits.audience!r}") from error
        except jwt.InvalidIssuerError as error:
            raise TokenRefused(f"iss is not the issuer of key {key.kid!r}, {key.issuer!r}") from error
        except jwt.InvalidSignatureError as error:
            raise TokenRefused(f"the signature does not match key {key.kid!r}") from error
        except jwt.MissingRequiredClaimError as error:
            raise TokenRefused(f"claim {error.claim!r} is missing") from error
        except (jwt.PyJWTError, ValueError, TypeError) as error:
            raise TokenRefused(f"the token cannot be read: {type(error).__name__}") from error
        claims = self._claims.read(payload, key.kid)
        if claims.tenant not in key.tenants:
            raise TokenRefused(f"key {key.kid!r} may not sign for tenant {claims.tenant!r}")
        return claims

    def _key_of(self, raw: str) -> Key:
        try:
            header = jwt.get_unverified_header(raw)
        except (jwt.PyJWTError, ValueError) as error:
            raise TokenRefused("the token is not a JWT") from error
        if header.get("alg") != "RS256":
            raise TokenRefused(f"alg is {str(header.get('alg'))[:20]!r}; only 'RS256' is accepted")
        if header.get("typ") != "JWT":
            raise TokenRefused(f"typ is {str(header.get('typ'))[:20]!r}; it must be 'JWT'")
        if extra := sorted(set(header) - ALLOWED_HEADER):
            raise TokenRefused(f"header member {extra[0][:20]!r} is not accepted; send alg, typ and kid only")
        kid = header.get("kid")
        key = self._keys.find(kid) if isinstance(kid, str) else None
        if key is None:
            raise TokenRefused(f"kid {str(kid)[:64]!r} is not in the key set; sign with a current key")
        return key

    def _check_times(self, values: Any) -> None:
        now, skew = self._clock(), self._limits.skew_seconds
        issued, not_before, expires = values["iat"], values["nbf"], values["exp"]
        if now >= expires + skew:
            raise TokenRefused("the token has expired; ask for a new one")
        if now < not_before - skew or now < issued - skew:
            raise TokenRefused("the token is not valid yet; compare the clocks of signer and server")
        if expires <= issued or expires - issued > self._limits.max_age_seconds:
            raise TokenRefused(
                f"the token lives longer than {self._limits.max_age_seconds} s, or ends before it begins"
            )

    def _check_key_times(self, key: Key) -> None:
        now = self._clock()
        if now < key.activate_at - self._limits.skew_seconds:
            raise TokenRefused(f"key {key.kid!r} is not active yet; sign with the current key")
        if key.retire_at is not None and now >= key.retire_at:
            raise TokenRefused(f"key {key.kid!r} is retired; sign with the current key")
