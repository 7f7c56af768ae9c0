"""Limits of one person, on a real Redis."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from homeroom_superset.gate.share import RedisShares, Share
from homeroom_superset.gate.tabs import MOST_TABS, RedisTabs
from homeroom_superset.refusal import ShareSpent
from homeroom_superset.token.claims import Claims
from homeroom_superset.token.token import TokenVerifier
from redis import Redis

from conftest import Signer
from redis_server import Server

BURST, RATE = 10, 2


@pytest.fixture
def redis(server: Server) -> Redis:
    client = Redis(port=server.port, password=server.password, db=4)
    client.flushdb()
    return client


@pytest.fixture
def claims(make_verifier: Callable[..., TokenVerifier], north: Signer) -> Callable[..., Claims]:
    return lambda **changed: make_verifier().verify(north.token(**changed))


def accepted(shares: RedisShares, who: Claims, tries: int) -> int:
    count = 0
    for _ in range(tries):
        try:
            shares.take(who)
            count += 1
        except ShareSpent as refusal:
            assert 1 <= refusal.seconds <= BURST / RATE  # noqa: PT017 - each refusal says when to come back
    return count


def test_a_person_has_a_burst_and_then_so_many_a_second_whatever_their_token(
    redis: Redis, claims: Callable[..., Claims]
) -> None:
    now = 1000.0
    first, other = (RedisShares(redis, Share(BURST, RATE), lambda: now) for _ in range(2))
    assert accepted(first, claims(), 6) == 6
    assert accepted(other, claims(jti="a" * 20, dashboard="institutional-analytics"), 20) == BURST - 6
    now += 3
    assert accepted(first, claims(), 20) == 3 * RATE
    now += 1000
    assert accepted(first, claims(), 20) == BURST


def test_another_person_keeps_their_own_share(redis: Redis, claims: Callable[..., Claims]) -> None:
    shares = RedisShares(redis, Share(BURST, RATE), lambda: 1000.0)
    assert accepted(shares, claims(), 20) == BURST
    assert accepted(shares, claims(user_id=8), 20) == BURST


def test_a_clock_that_goes_back_gives_nothing(redis: Redis, claims: Callable[..., Claims]) -> None:
    now = 1000.0
    shares = RedisShares(redis, Share(BURST, RATE), lambda: now)
    assert accepted(shares, claims(), 20) == BURST
    now -= 100
    assert accepted(shares, claims(), 20) == 0


def test_what_counts_a_person_names_nobody_and_is_forgotten(
    redis: Redis, claims: Callable[..., Claims]
) -> None:
    RedisShares(redis, Share(BURST, RATE)).take(claims())
    (key,) = redis.keys("*")
    assert "north" not in key.decode()
    assert 0 < redis.ttl(key) <= BURST / RATE + 1


def test_without_a_store_everybody_is_let_in(claims: Callable[..., Claims]) -> None:
    away = Redis(port=1, socket_connect_timeout=0.1)
    RedisShares(away, Share(1, 1)).take(claims())
    assert 0 <= RedisTabs(away, 60).slot("owner", "tab") < MOST_TABS


def test_filter_states_of_an_owner_take_turns_in_so_many_slots(redis: Redis) -> None:
    tabs = RedisTabs(redis, 60)
    slots = {tabs.slot("owner", str(tab)) for tab in range(300)}
    assert slots == set(range(MOST_TABS))
    (key,) = redis.keys("*")
    assert redis.hlen(key) == 2 * MOST_TABS + 1
    assert 0 < redis.ttl(key) <= 60


def test_a_tab_keeps_its_slot_until_so_many_newer_ones_came(redis: Redis) -> None:
    tabs = RedisTabs(redis, 60)
    first = tabs.slot("owner", "first")
    others = [tabs.slot("owner", str(tab)) for tab in range(MOST_TABS - 1)]
    assert first not in others
    assert tabs.slot("owner", "first") == first
    assert tabs.slot("owner", "one more") == first
    assert tabs.slot("somebody else", "first") in range(MOST_TABS)
    assert len(redis.keys("*")) == 2
