"""Why a guest was turned away, in words that the integrating developer can act on."""

from __future__ import annotations


class TokenRefused(Exception):
    """The token is not accepted."""

    status = 401


class TrustStoreUnreadable(TokenRefused):
    """Nobody can say whether the token was revoked, so it is not accepted for now."""

    status = 503


class RequestRefused(Exception):
    """The token is good, the request is not for this guest."""

    status = 403


class BodyUnreadable(RequestRefused):
    """Whoever the guest is."""

    status = 400


class BodyTooLarge(RequestRefused):
    """Whoever the guest is."""

    status = 413


class ShareSpent(RequestRefused):
    """This person asked for more than their share; after so many seconds they may ask again."""

    status = 429

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"too many requests of one person; ask again in {seconds} s")


class RequestUnfit(Exception):
    """What an author sent cannot be used; the message says what can."""

    status = 422
