from __future__ import annotations

import json
import os
import threading
from typing import Any

import pytest
from homeroom_superset.refusal import TokenRefused, TrustStoreUnreadable
from homeroom_superset.settings import REPOSITORY_CONTRACT
from homeroom_superset.token.claims import Claims
from homeroom_superset.token.revocation import Revocations, Snapshot, StoreError, revoked_by

from conftest import Store

VECTORS = json.loads((REPOSITORY_CONTRACT / "vectors" / "revocations.json").read_text())


def claims_of(token: dict[str, Any]) -> Claims:
    return Claims(
        user_id=token["user_id"], username="pat", email="pat@school.example", first_name="", last_name="",
        role="principal", tenant=token["tenant"], school_id=token["school_id"], is_active=True,
        dashboard="student-progress", type="guest", iss="https://north.example", aud="homeroom",
        iat=token["iat"], nbf=token["iat"], exp=token["iat"] + 600, jti=token["jti"], kid=token["kid"],
        values={"iat": token["iat"]},
    )  # fmt: skip


TOKEN = claims_of(VECTORS["token"])


@pytest.mark.parametrize("vector", VECTORS["matches"] + VECTORS["unreadable"], ids=lambda v: v["name"])
def test_the_shared_vectors(vector: dict[str, Any]) -> None:
    assert revoked_by(Snapshot(0, vector["floor"], vector["entries"]), TOKEN) == vector["ended_by"]


def test_a_revocation_counts_within_the_refresh_and_without_a_reading_per_request(store: Store) -> None:
    revocations = store.revocations()
    for _ in range(20):
        revocations.check(TOKEN)
    assert store.reads == 1
    store.entries = {"tenant:north": "1900000000"}
    store.now += 1.9
    revocations.check(TOKEN)
    store.now += 0.1
    with pytest.raises(TokenRefused, match="tenant was logged out; ask for a new one"):
        revocations.check(TOKEN)
    assert store.reads == 2


def test_what_was_lifted_is_good_again(store: Store) -> None:
    revocations = store.revocations()
    store.entries = {"jti:" + TOKEN.jti: "1"}
    with pytest.raises(TokenRefused, match="token was revoked"):
        revocations.check(TOKEN)
    store.entries = {}
    store.now += 2
    revocations.check(TOKEN)


def test_a_store_that_was_never_read_denies(store: Store) -> None:
    store.error = StoreError("no route")
    with pytest.raises(TrustStoreUnreadable) as refused:
        store.revocations().check(TOKEN)
    assert refused.value.status == 503


def test_a_short_failure_is_bridged_and_a_longer_one_denies_until_the_store_is_back(store: Store) -> None:
    revocations = store.revocations()
    revocations.check(TOKEN)
    store.error = StoreError("gone")
    for _ in range(4):
        store.now += 1.2
        revocations.check(TOKEN)
    store.now += 0.2
    with pytest.raises(TrustStoreUnreadable):
        revocations.check(TOKEN)
    store.error = None
    store.now += 0.5
    revocations.check(TOKEN)


def test_a_failing_store_is_left_alone_for_a_moment(store: Store) -> None:
    revocations = store.revocations()
    store.error = StoreError("gone")
    for _ in range(10):
        with pytest.raises(TrustStoreUnreadable):
            revocations.check(TOKEN)
    assert store.reads == 1
    store.now += 0.5
    with pytest.raises(TrustStoreUnreadable):
        revocations.check(TOKEN)
    assert store.reads == 2


def test_a_slow_store_holds_one_request_up_and_no_other(store: Store) -> None:
    entered, leave = threading.Event(), threading.Event()

    def slow() -> Snapshot:
        if store.reads > 0:
            entered.set()
            leave.wait(10)
        return store.read()

    revocations = Revocations(slow, 2, 5, 0.05, lambda: store.now)
    revocations.check(TOKEN)
    store.now += 2
    held = threading.Thread(target=revocations.check, args=(TOKEN,))
    held.start()
    assert entered.wait(10)
    revocations.check(TOKEN)
    store.now += 3
    with pytest.raises(TrustStoreUnreadable):
        revocations.check(TOKEN)
    leave.set()
    held.join(10)
    assert not held.is_alive()


def test_threads_that_come_together_share_one_reading(store: Store) -> None:
    begin = threading.Barrier(8)
    revocations = store.revocations()
    refused: list[Exception] = []

    def ask() -> None:
        begin.wait(10)
        try:
            revocations.check(TOKEN)
        except TokenRefused as error:
            refused.append(error)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (refused, store.reads) == ([], 1)


def test_a_forked_process_reads_for_itself_even_when_its_parent_was_reading(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    revocations = store.revocations()
    revocations.check(TOKEN)
    revocations._lock.acquire()
    parent = os.getpid()
    monkeypatch.setattr(os, "getpid", lambda: parent + 1)
    revocations.check(TOKEN)
    assert store.reads == 2
