"""Why a guest was turned away, in words that the integrating developer can act on."""

from __future__ import annotations


class TokenRefused(Exception):
    """The token is not accepted: 401."""


class RequestRefused(Exception):
    """The token is good, the request is not for this guest: 403."""
