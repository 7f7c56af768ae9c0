"""Sessions live on studio hosts only, and never beside a guest token."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

StartResponse = Callable[..., Any]
WsgiApp = Callable[[dict[str, Any], StartResponse], Iterable[bytes]]

TOKEN_KEY = "HTTP_X_GUESTTOKEN"  # noqa: S105 - a header's name
DROPPED = "homeroom.cookies_dropped"


def _host(value: str) -> str:
    value = value.strip().lower()
    if value.startswith("["):
        return value[1:].partition("]")[0]
    return value.partition(":")[0]


class CookieGate:
    def __init__(self, app: WsgiApp, studio_hosts: frozenset[str]) -> None:
        self._app = app
        self._studio_hosts = studio_hosts

    @classmethod
    def for_hosts(cls, studio_hosts: frozenset[str]) -> Callable[[WsgiApp], CookieGate]:
        return lambda app: cls(app, studio_hosts)

    def keeps_cookies(self, environ: dict[str, Any]) -> bool:
        # Each name that the request carries must be a studio host, whichever proxy set it: deny by default.
        hosts = [_host(environ.get("HTTP_HOST", ""))]
        hosts += [_host(part) for part in environ.get("HTTP_X_FORWARDED_HOST", "").split(",") if part.strip()]
        return TOKEN_KEY not in environ and all(host in self._studio_hosts for host in hosts)

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        if self.keeps_cookies(environ):
            return self._app(environ, start_response)
        environ.pop("HTTP_COOKIE", None)
        environ.pop("HTTP_AUTHORIZATION", None)
        environ[DROPPED] = True

        def without_cookies(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            kept = [(name, value) for name, value in headers if name.lower() != "set-cookie"]
            return start_response(status, kept, *rest)

        return self._app(environ, without_cookies)
