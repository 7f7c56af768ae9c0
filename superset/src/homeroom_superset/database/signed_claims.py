"""Signed claims of a guest, which the analytics database verifies for one transaction (ADR 8)."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

SETTING = "homeroom.claims"
TRANSACTION_SQL = (
    "select current_database() as database, pg_backend_pid() as pid, "
    "(extract(epoch from now()) * 1000000)::bigint as began"
)


def key_id(secret: str) -> str:
    """Returns an id of a key that reveals nothing about it, as runtime/policy/database/claims-key.ts does."""
    return hashlib.sha256(f"homeroom claims key {secret}".encode()).hexdigest()[:16]


def sign_claims(secret: str, claims: Mapping[str, Any], database: str, pid: int, began: int) -> str:
    """Signs claims for one transaction. `began` is now() of the transaction, in microseconds since 1970."""
    content = {"claims": claims, "database": database, "pid": pid, "began": began}
    payload = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    mac = hmac.new(secret.encode("ascii"), payload.encode(), hashlib.sha256).hexdigest()
    return f"v1.{key_id(secret)}.{mac}.{payload}"
