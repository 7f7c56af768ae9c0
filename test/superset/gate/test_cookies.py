from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytest
from homeroom_superset.gate.cookies import DROPPED, CookieGate

STUDIO = frozenset({"studio.homeroom.localhost"})


def call(**environ: str) -> tuple[dict[str, Any], list[str]]:
    seen: dict[str, Any] = {}
    sent: list[str] = []

    def app(env: dict[str, Any], start: Callable[..., Any]) -> Iterable[bytes]:
        seen.update(env)
        start("200 OK", [("Set-Cookie", "session=x"), ("X-Other", "y")])
        return [b""]

    def start(_status: str, headers: list[tuple[str, str]], *_rest: Any) -> None:
        sent.extend(name for name, _ in headers)

    full = {"HTTP_COOKIE": "session=admin", "HTTP_AUTHORIZATION": "Bearer x", **environ}
    CookieGate.for_hosts(STUDIO)(app)(full, start)
    return seen, sent


@pytest.mark.parametrize(
    "host", ["studio.homeroom.localhost", "studio.homeroom.localhost:8443", "STUDIO.homeroom.localhost"]
)
def test_the_studio_keeps_its_session(host: str) -> None:
    seen, sent = call(HTTP_HOST=host)
    assert seen["HTTP_COOKIE"] == "session=admin"
    assert "Set-Cookie" in sent
    assert DROPPED not in seen


@pytest.mark.parametrize(
    "environ",
    [
        {"HTTP_HOST": "analytics1.homeroom.localhost:8443"},
        {"HTTP_HOST": "127.0.0.1:8088"},
        {"HTTP_HOST": ""},
        {},
        {"HTTP_HOST": "studio.homeroom.localhost.evil.example"},
        {"HTTP_HOST": "studio.homeroom.localhost", "HTTP_X_FORWARDED_HOST": "analytics1.homeroom.localhost"},
        {"HTTP_HOST": "analytics1.homeroom.localhost", "HTTP_X_FORWARDED_HOST": "studio.homeroom.localhost"},
        {"HTTP_HOST": "studio.homeroom.localhost", "HTTP_X_GUESTTOKEN": "anything"},
        {"HTTP_HOST": "studio.homeroom.localhost", "HTTP_X_GUESTTOKEN": ""},
    ],
)
def test_elsewhere_or_beside_a_token_no_session_comes_in_or_goes_out(environ: dict[str, str]) -> None:
    seen, sent = call(**environ)
    assert "HTTP_COOKIE" not in seen
    assert "HTTP_AUTHORIZATION" not in seen
    assert sent == ["X-Other"]
