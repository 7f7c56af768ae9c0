"""A token that every library reads the same way: RFC 7515 and RFC 8259 leave room, and here is none.

Base64url has no padding and no spare bits, JSON is UTF-8 without a byte order mark, and no member is named
twice: one library takes the first of two school_id, the next one the last.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from typing import Any

from homeroom_superset.refusal import TokenRefused

COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*", re.ASCII)


def check_form(raw: str) -> None:
    """Raises TokenRefused for a token whose form leaves a choice to its reader."""
    if COMPACT.fullmatch(raw) is None:
        raise TokenRefused(
            "the token is not a JWT: three parts of base64url without padding, joined by points"
        )
    header, payload, signature = raw.split(".")
    for name, part in (("header", header), ("payload", payload)):
        _check_object(_bytes(part, name), name)
    _bytes(signature, "signature")


def _bytes(part: str, name: str) -> bytes:
    try:
        decoded = base64.b64decode(part + "=" * (-len(part) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise TokenRefused(f"the token's {name} is not base64url") from None
    if base64.urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise TokenRefused(f"the token's {name} is not the one base64url text of its bytes")
    return decoded


def _check_object(text: bytes, name: str) -> None:
    try:
        value = json.loads(text.decode("utf-8"), object_pairs_hook=_unique, parse_constant=_no_constant)
    except UnicodeDecodeError:
        raise TokenRefused(f"the token's {name} is not UTF-8") from None
    except (ValueError, RecursionError):
        raise TokenRefused(f"the token's {name} is not JSON") from None
    if not isinstance(value, dict):
        raise TokenRefused(f"the token's {name} is not a JSON object")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        raise TokenRefused("the token names a member twice")
    return members


def _no_constant(name: str) -> Any:
    raise ValueError(name)
