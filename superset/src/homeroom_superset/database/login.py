"""Logins of database users. A user is a role with two logins, and the mounted secret names the current
one."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import psycopg2

from homeroom_superset.settings import Settings

Connection = TypeVar("Connection")


class LoginError(psycopg2.OperationalError):
    """Raised when the secret file holds no login."""


@dataclass(frozen=True)
class Login:
    username: str
    password: str = field(repr=False)

    @property
    def parameters(self) -> dict[str, Any]:
        return {"user": self.username, "password": self.password}


def read_login(settings: Settings, secret: str) -> Login:
    try:
        value = json.loads(settings.secret(secret))
        login = Login(value["username"], value["password"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        path = settings.secret_file(secret)
        raise LoginError(
            f"secret file {path} cannot be used ({type(error).__name__}); "
            'it must hold JSON with "username" and "password"'
        ) from None
    return login


def connect_as(settings: Settings, secret: str, connect: Callable[[Login], Connection]) -> Connection:
    """Connects with the current login, and once more if the file changed meanwhile: a rotation changes file
    and database at different moments."""
    login = read_login(settings, secret)
    try:
        return connect(login)
    except psycopg2.OperationalError:
        current = read_login(settings, secret)
        if current == login:
            raise
        return connect(current)


def is_in_use(settings: Settings, secret: str, login: Login) -> bool:
    """Tells whether a login is the current one; true too while the file cannot be read, to keep
    connections."""
    try:
        return read_login(settings, secret) == login
    except LoginError:
        return True
