"""Single use of ?jwt= on a real Redis."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from homeroom_superset.embed.entry import AddressUsed, SingleUseEntries, UnlimitedEntries, open_entries
from homeroom_superset.refusal import TrustStoreUnreadable
from homeroom_superset.settings import Settings, SettingsError, read_settings
from homeroom_superset.token.claims import Claims
from homeroom_superset.token.token import TokenVerifier

from conftest import Signer
from redis_server import Server


@pytest.fixture
def settings(server: Server, environ: dict[str, str]) -> Settings:
    environ["HOMEROOM_BROKER_REDIS_URL"] = f"redis://127.0.0.1:{server.port}"
    environ["HOMEROOM_SINGLE_USE_ENTRY"] = "true"
    made = read_settings(environ)
    made.secret_file("brokerRedisPassword").write_text(server.password)
    return made


@pytest.fixture
def claims(make_verifier: Callable[..., TokenVerifier], north: Signer) -> Callable[..., Claims]:
    return lambda jti: make_verifier().verify(north.token(jti=jti))


def test_an_address_opens_once_on_every_worker(
    settings: Settings, server: Server, claims: Callable[..., Claims]
) -> None:
    first, other = open_entries(settings), open_entries(settings)
    token = claims("one-time-entry-0001")
    first.enter(token)
    for worker in (first, other):
        with pytest.raises(AddressUsed):
            worker.enter(token)
    other.enter(claims("one-time-entry-0002"))
    left = server.admin.ttl(settings.platform.trust_store.entered_prefix + "one-time-entry-0001")
    assert 600 < left <= 600 + settings.platform.clock_skew_seconds + 1


def test_of_many_at_once_one_comes_in(settings: Settings, claims: Callable[..., Claims]) -> None:
    token = claims("one-time-entry-0003")

    def enters(_number: int) -> bool:
        try:
            open_entries(settings).enter(token)
        except AddressUsed:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(enters, range(16))) == 1


def test_nobody_comes_in_while_the_store_cannot_be_asked_or_is_full(
    settings: Settings, server: Server, claims: Callable[..., Claims], environ: dict[str, str]
) -> None:
    server.admin.config_set("maxmemory", "1")
    try:
        with pytest.raises(TrustStoreUnreadable):
            open_entries(settings).enter(claims("one-time-entry-0004"))
    finally:
        server.admin.config_set("maxmemory", "0")
    environ["HOMEROOM_BROKER_REDIS_URL"] = "redis://127.0.0.1:1"
    with pytest.raises(TrustStoreUnreadable):
        open_entries(read_settings(environ)).enter(claims("one-time-entry-0005"))


def test_a_token_at_its_end_is_still_remembered(server: Server, claims: Callable[..., Claims]) -> None:
    token = claims("one-time-entry-0006")
    entries = SingleUseEntries(server.admin, "late:", 30, lambda: token.exp + 29.9)
    entries.enter(token)
    assert server.admin.ttl("late:" + token.jti) >= 1


def test_without_the_setting_an_address_opens_again(
    environ: dict[str, str], claims: Callable[..., Claims]
) -> None:
    for value in ("false", ""):
        environ["HOMEROOM_SINGLE_USE_ENTRY"] = value
        entries = open_entries(read_settings(environ))
        assert isinstance(entries, UnlimitedEntries)
        for _ in range(2):
            entries.enter(claims("one-time-entry-0007"))


@pytest.mark.parametrize("value", ["yes", "True", "1"])
def test_a_setting_that_is_neither_is_refused(environ: dict[str, str], value: str) -> None:
    environ["HOMEROOM_SINGLE_USE_ENTRY"] = value
    with pytest.raises(SettingsError, match="write true or false"):
        read_settings(environ)
