"""Written by `npm run contract:write` from contract/claims.schema.json; change that file instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# What the token says of itself, and names: nothing that a row could be compared with safely.
CLAIMS_WITHOUT_ROWS = frozenset(
    {
        "email",
        "first_name",
        "last_name",
        "is_active",
        "type",
        "iss",
        "aud",
        "iat",
        "nbf",
        "exp",
        "jti",
    }
)
# What says only who asks and when: people who differ in these alone see the same rows.
CLAIMS_WITHOUT_SCOPE = frozenset(
    {
        "user_id",
        "username",
        "email",
        "first_name",
        "last_name",
        "is_active",
        "dashboard",
        "type",
        "iss",
        "aud",
        "iat",
        "nbf",
        "exp",
        "jti",
    }
)


@dataclass(frozen=True, kw_only=True)
class ClaimFields:
    """The claims of a token by their names; what a token leaves out is None or empty."""

    user_id: int | str
    username: str
    email: str
    first_name: str
    last_name: str
    is_active: bool
    role: str
    school_id: int | str
    subject_area: str | None = None
    class_ids: tuple[int | str, ...] = ()
    student_id: int | str | None = None
    org_structure: Mapping[str, Any] | None = None
    tenant: str
    dashboard: str
    type: str
    iss: str
    aud: str
    iat: int
    nbf: int
    exp: int
    jti: str
