"""The leaf of an event: what the chain of its writer and the Merkle tree of the log hash.

`SHA-256(0x00 || header || SHA-256(0x02 || salt || payload))`, the leaf hash of RFC 6962, section 2.1, over
the header and a commitment to the payload. Payload and salt can be destroyed later; the leaf stays valid.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64encode
from dataclasses import dataclass

SALT_BYTES = 32
FIRST_PREV = "0" * 64


@dataclass(frozen=True, slots=True)
class Leaf:
    """One event as bytes. `hash` has 32 bytes."""

    header: bytes
    salt: bytes
    payload: bytes
    hash: bytes

    def line(self) -> bytes:
        """Returns the event's line of the spool: header, salt and payload in base64url, with a newline."""
        return b".".join(_unpadded(part) for part in (self.header, self.salt, self.payload)) + b"\n"


def _unpadded(data: bytes) -> bytes:
    return urlsafe_b64encode(data).rstrip(b"=")


def commitment(salt: bytes, payload: bytes) -> bytes:
    return hashlib.sha256(b"\x02" + salt + payload).digest()


def make_leaf(header: bytes, salt: bytes, payload: bytes) -> Leaf:
    entry = header + commitment(salt, payload)
    return Leaf(header, salt, payload, hashlib.sha256(b"\x00" + entry).digest())
