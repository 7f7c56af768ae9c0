"""Errors that refuse a request; each message is for the developer or author who has to correct it."""

from __future__ import annotations


class ExpectedError(Exception):
    """A foreseen error whose message is a sentence for the person who can mend it."""


class TokenRefused(ExpectedError):
    """Raised when the token is not accepted."""

    status = 401


class TrustStoreUnreadable(TokenRefused):
    """Raised when the trust store does not tell whether the token was revoked, so that it is not accepted for
    now."""

    status = 503


class RequestRefused(ExpectedError):
    """Raised when the token is valid and the request is not allowed for this guest."""

    status = 403


class BodyUnreadable(RequestRefused):
    """Raised when a body cannot be parsed, for every guest."""

    status = 400


class BodyTooLarge(RequestRefused):
    """Raised when a body is larger than allowed, for every guest."""

    status = 413


class ShareSpent(RequestRefused):
    """Raised when a person exceeds a rate limit; `seconds` later they may ask again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many requests of one person; ask again in {seconds} s")


class RequestUnfit(ExpectedError):
    """Raised when an author's input cannot be used; the message says what can."""

    status = 422
