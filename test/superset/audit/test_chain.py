"""A chain loses nothing that it acknowledged, and says what it could not keep."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from homeroom_superset.audit import chain as chains
from homeroom_superset.audit.catalogue import read_kinds
from homeroom_superset.audit.chain import FAILURE, SUCCESS, Chain
from homeroom_superset.audit.spool import Spool
from homeroom_superset.settings import REPOSITORY_CONTRACT

from audit.chains import events_of, names_of, only_chain

KINDS = read_kinds(REPOSITORY_CONTRACT)


class FullDisk(Spool):
    """Takes no line while `full` is set, or a part of one."""

    full = False
    partly = False

    def append(self, lines: bytes) -> None:
        if self.full and not self.partly:
            raise OSError(28, "No space left on device")
        super().append(lines)


def make(directory: Path, **changed: object) -> Chain:
    return Chain(directory, "homeroom/test/shared", KINDS, "00" * 32, writer="web-1", **changed)  # type: ignore[arg-type]


def test_links_each_event_to_the_one_before_and_begins_with_its_key(tmp_path: Path) -> None:
    chain = make(tmp_path)
    chain.append("page.viewed", SUCCESS, {"actor": {"type": "user"}})
    chain.append("access.denied", FAILURE, {"actor": {"type": "unknown"}}, "h6")
    chain.close()
    events = only_chain(tmp_path)
    assert names_of(events) == ["writer.started", "page.viewed", "access.denied", "writer.stopped"]
    assert [event.header["status"] for event in events] == [1, 1, 2, 1]
    assert [event.header["retention"] for event in events] == ["e7", "r1", "h6", "e7"]
    key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(events[0].payload["public_key"]))
    last = events[-1]
    assert last.payload["head"] == last.header["prev"]
    key.verify(bytes.fromhex(last.payload["head_signature"]), bytes.fromhex(last.payload["head"]))


def test_is_not_forked_by_threads(tmp_path: Path) -> None:
    chain = make(tmp_path)

    def many() -> None:
        for _ in range(200):
            chain.append("page.viewed", SUCCESS, {})

    threads = [threading.Thread(target=many) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(only_chain(tmp_path)) == 1601


def test_the_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    make(tmp_path)
    (path,) = tmp_path.iterdir()
    assert path.stat().st_mode & 0o777 == 0o600


def test_time_never_goes_back(tmp_path: Path) -> None:
    now = [1_000_000.0]
    chain = make(tmp_path, clock=lambda: now[0])
    now[0] -= 3600
    chain.append("page.viewed", SUCCESS, {})
    one, other = only_chain(tmp_path)
    assert other.header["ts"] >= one.header["ts"]


def test_keeps_events_while_the_disk_is_full_and_writes_them_in_order(tmp_path: Path) -> None:
    spools: list[FullDisk] = []

    def spool(directory: Path, name: str) -> Spool:
        spools.append(FullDisk(directory, name))
        return spools[-1]

    chain = make(tmp_path, make_spool=spool)
    spools[0].full = True
    for _ in range(3):
        assert chain.append("page.viewed", SUCCESS, {}) is not None
    assert chain.waiting == 3
    spools[0].full = False
    chain.append("api.called", SUCCESS, {})
    assert names_of(only_chain(tmp_path)) == ["writer.started", *["page.viewed"] * 3, "api.called"]


def test_counts_what_found_no_room_and_declares_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chains, "MOST_KEPT", 2)
    spools: list[FullDisk] = []

    def spool(directory: Path, name: str) -> Spool:
        spools.append(FullDisk(directory, name))
        return spools[-1]

    chain = make(tmp_path, make_spool=spool)
    spools[0].full = True
    kept = [chain.append("page.viewed", SUCCESS, {}) for _ in range(5)]
    assert [leaf is not None for leaf in kept] == [True, True, False, False, False]
    spools[0].full = False
    chain.append("api.called", SUCCESS, {})
    events = only_chain(tmp_path)
    assert names_of(events)[-2:] == ["writer.gap", "api.called"]
    assert events[-2].payload["result"] == {"rows": 3}


def test_a_part_of_a_line_does_not_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = make(tmp_path)
    whole = os.write
    monkeypatch.setattr(os, "write", lambda file, data: whole(file, data[:10]))
    chain.append("page.viewed", SUCCESS, {})
    monkeypatch.setattr(os, "write", whole)
    chain.append("api.called", SUCCESS, {})
    assert names_of(only_chain(tmp_path)) == ["writer.started", "page.viewed", "api.called"]


def test_a_full_file_is_followed_by_another_of_the_same_chain(tmp_path: Path) -> None:
    chain = make(tmp_path, make_spool=lambda directory, name: Spool(directory, name, most_bytes=2000))
    for _ in range(6):
        chain.append("page.viewed", SUCCESS, {})
    files = sorted(path.name for path in tmp_path.iterdir())
    assert len(files) > 1
    assert f"web-1.{chain.epoch}.0.spool" in files
    assert f"web-1.{chain.epoch}.1.spool" in files


def test_a_spool_that_was_unlinked_is_left_for_a_new_chain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(chains, "CHECK_SECONDS", 0.0)
    chain = make(tmp_path)
    first = chain.epoch
    (path,) = tmp_path.iterdir()
    path.unlink()
    chain.append("page.viewed", SUCCESS, {})
    assert chain.epoch > first
    assert names_of(only_chain(tmp_path)) == ["writer.started", "page.viewed"]


def test_says_that_it_is_alive(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    chain = make(tmp_path)
    chain.heartbeat()
    assert len(only_chain(tmp_path)) == 1
    monkeypatch.setattr(chains, "HEARTBEAT_SECONDS", 0.0)
    chain.heartbeat()
    assert names_of(only_chain(tmp_path)) == ["writer.started", "writer.heartbeat"]


def test_two_chains_of_one_name_never_share_an_epoch(tmp_path: Path) -> None:
    chain = make(tmp_path, clock=lambda: 1_000_000.0)
    paths = set(tmp_path.iterdir())
    chain._last_ts = chain.epoch
    chain._begin("00" * 32)
    (other,) = set(tmp_path.iterdir()) - paths
    assert len(events_of(other)) == 1
