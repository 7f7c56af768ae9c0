"""The reader against a real Redis."""

from __future__ import annotations

import socket
import time
from dataclasses import replace

import pytest
from homeroom_superset.settings import Settings, read_settings
from homeroom_superset.token.revocation import StoreError
from homeroom_superset.token.trust_store import connect, read_snapshot

from redis_server import Server


@pytest.fixture
def settings(server: Server, environ: dict[str, str]) -> Settings:
    environ["HOMEROOM_BROKER_REDIS_URL"] = f"redis://127.0.0.1:{server.port}"
    made = read_settings(environ)
    made.secret_file("brokerRedisPassword").write_text(server.password + "\n")
    server.admin.flushall()
    return made


def test_a_new_store_begins_its_list_now(settings: Settings, server: Server) -> None:
    trust, began = settings.platform.trust_store, int(time.time())
    snapshot = read_snapshot(connect(settings), trust)
    assert began <= snapshot.min_issued_at <= time.time()
    time.sleep(1.1)
    assert read_snapshot(connect(settings), trust).min_issued_at == snapshot.min_issued_at
    assert server.admin.get(trust.revoked_floor) == str(snapshot.min_issued_at).encode()


def test_entries_arrive(settings: Settings, server: Server) -> None:
    trust, redis = settings.platform.trust_store, connect(settings)
    read_snapshot(redis, trust)
    server.admin.hset(trust.revoked_hash, "school:north:42", "1800000000")
    assert read_snapshot(redis, trust).entries["school:north:42"] == "1800000000"


@pytest.mark.parametrize("lost", ["everything", "hash", "floor"])
def test_whatever_part_is_lost_the_list_begins_anew(settings: Settings, server: Server, lost: str) -> None:
    trust, redis = settings.platform.trust_store, connect(settings)
    read_snapshot(redis, trust)
    server.admin.set(trust.revoked_floor, "5")
    server.admin.hset(trust.revoked_hash, "floor", "5")
    assert read_snapshot(redis, trust).min_issued_at == 5
    names = {"hash": [trust.revoked_hash], "floor": [trust.revoked_floor]}
    server.admin.delete(*names.get(lost, [trust.revoked_hash, trust.revoked_floor]))
    assert read_snapshot(redis, trust).min_issued_at >= time.time() - 2


def test_a_floor_that_is_no_time_is_no_answer(settings: Settings, server: Server) -> None:
    trust, redis = settings.platform.trust_store, connect(settings)
    server.admin.set(trust.revoked_floor, "soon")
    server.admin.hset(trust.revoked_hash, "floor", "soon")
    with pytest.raises(StoreError):
        read_snapshot(redis, trust)


def test_a_full_store_still_answers(settings: Settings, server: Server) -> None:
    trust, redis = settings.platform.trust_store, connect(settings)
    read_snapshot(redis, trust)
    server.admin.config_set("maxmemory", "1")
    try:
        assert read_snapshot(redis, trust).min_issued_at > 0
    finally:
        server.admin.config_set("maxmemory", "0")


def test_a_password_that_changed_on_disk_is_taken_up(settings: Settings, server: Server) -> None:
    trust, redis = settings.platform.trust_store, connect(settings)
    settings.secret_file("brokerRedisPassword").write_text("wrong")
    with pytest.raises(StoreError, match="Authentication"):
        read_snapshot(redis, trust)
    settings.secret_file("brokerRedisPassword").write_text(server.password)
    assert read_snapshot(redis, trust).min_issued_at > 0


def test_a_store_that_accepts_and_says_nothing_is_given_up_in_time(settings: Settings) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        address = f"redis://127.0.0.1:{silent.getsockname()[1]}"
        began = time.monotonic()
        with pytest.raises(StoreError, match="Timeout"):
            read_snapshot(connect(replace(settings, broker_redis_url=address)), settings.platform.trust_store)
        assert time.monotonic() - began < 4 * settings.platform.trust_store.timeout_seconds


def test_nobody_at_the_address_is_no_answer(settings: Settings) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"redis://127.0.0.1:{probe.getsockname()[1]}"
    with pytest.raises(StoreError, match="ConnectionError"):
        read_snapshot(connect(replace(settings, broker_redis_url=address)), settings.platform.trust_store)


def test_tls_is_verified_and_names_the_user(settings: Settings) -> None:
    options = connect(
        replace(settings, broker_redis_url="rediss://superset@broker.example:6380")
    ).connection_pool.connection_kwargs
    assert (options["host"], options["port"]) == ("broker.example", 6380)
    assert options["ssl_cert_reqs"] == "required"
    assert options["ssl_check_hostname"] is True
    assert options["credential_provider"].get_credentials()[0] == "superset"
