"""Values that only the key of their person opens: AES-256-GCM, with the event's id as associated data."""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode

from cryptography.hazmat.primitives.ciphers.aead import AESGCM


def seal(text: str, key: bytes, event_id: str) -> str:
    """Returns base64url of nonce (12 bytes), ciphertext and tag."""
    nonce = secrets.token_bytes(12)
    sealed = AESGCM(key).encrypt(nonce, text.encode("utf-8", "replace"), event_id.encode())
    return urlsafe_b64encode(nonce + sealed).rstrip(b"=").decode()
