"""The collector may be away, slow or wrong: a request waits a quarter of a second at most, and rarely."""

from __future__ import annotations

import json
import socket
import threading
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from homeroom_superset.audit.collector import SOCKET, Breaker, Collector, CollectorAway
from homeroom_superset.audit.subjects import KEEP_SECONDS, RETRY_SECONDS, Person, Subjects

PAT = Person("north", "guest", "7")


@contextmanager
def answering(
    directory: Path, answer: Callable[[dict[str, Any]], bytes | None]
) -> Iterator[list[dict[str, Any]]]:
    asked: list[dict[str, Any]] = []
    server = socket.socket(socket.AF_UNIX)
    server.bind(str(directory / SOCKET))
    server.listen()

    def serve() -> None:
        while True:
            try:
                connection, _ = server.accept()
            except OSError:
                return
            question = json.loads(connection.makefile().readline())
            asked.append(question)
            reply = answer(question)
            if reply is None:
                time.sleep(0.4)
            else:
                connection.sendall(reply)
            connection.close()

    threading.Thread(target=serve, daemon=True).start()
    try:
        yield asked
    finally:
        server.close()
        (directory / SOCKET).unlink()


def subject(pid: str) -> bytes:
    return json.dumps({"ok": True, "pid": pid, "key": b64encode(b"k" * 32).decode()}).encode() + b"\n"


def test_answers(tmp_path: Path) -> None:
    with answering(tmp_path, lambda _: b'{"ok":true,"n":1}\n') as asked:
        assert Collector(tmp_path).ask({"op": "append", "line": "a"}) == {"ok": True, "n": 1}
        assert asked == [{"op": "append", "line": "a"}]


@pytest.mark.parametrize("reply", [b"", b"{", b"[]\n", b'{"ok":false}\n', b"x" * 70_000])
def test_a_wrong_answer_counts_as_none(tmp_path: Path, reply: bytes) -> None:
    with answering(tmp_path, lambda _: reply), pytest.raises(CollectorAway):
        Collector(tmp_path).ask({"op": "append"})


def test_a_hanging_one_is_left_in_time(tmp_path: Path) -> None:
    with answering(tmp_path, lambda _: None):
        began = time.monotonic()
        with pytest.raises(CollectorAway):
            Collector(tmp_path, budget=0.05).ask({"op": "append"})
        assert time.monotonic() - began < 0.3


def test_nobody_asks_one_that_failed_often_and_then_one_tries(tmp_path: Path) -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    collector = Collector(tmp_path, breaker=breaker)
    for _ in range(5):
        with pytest.raises(CollectorAway, match="did not answer"):
            collector.ask({"op": "append"})
    with pytest.raises(CollectorAway, match="failed often"):
        collector.ask({"op": "append"})
    now[0] += 6
    assert breaker.may_try()
    assert not breaker.may_try()
    breaker.succeeded()
    assert breaker.may_try()


def test_failures_that_lie_apart_close_nothing() -> None:
    now = [0.0]
    breaker = Breaker(lambda: now[0])
    for _ in range(20):
        now[0] += 6
        breaker.failed()
        assert breaker.may_try()


def test_a_person_keeps_the_pseudonym_of_the_vault(tmp_path: Path) -> None:
    now = [0.0]
    with answering(tmp_path, lambda _: subject("aa" * 16)) as asked:
        subjects = Subjects(Collector(tmp_path), lambda: now[0])
        assert subjects.of(PAT).pid == "aa" * 16
        assert subjects.of(PAT).key == b"k" * 32
        assert len(asked) == 1
        now[0] += KEEP_SECONDS
        subjects.of(PAT)
        assert asked[-1] == {"op": "subject", "tenant": "north", "kind": "guest", "user_id": "7"}


def test_without_the_vault_a_person_gets_a_provisional_one_that_is_told_later(tmp_path: Path) -> None:
    now = [0.0]
    subjects = Subjects(Collector(tmp_path, breaker=Breaker(lambda: 0.0)), lambda: now[0])
    first = subjects.of(PAT)
    assert subjects.of(PAT) == first
    assert subjects.of(Person("south", "guest", "7")).pid != first.pid
    with answering(tmp_path, lambda question: subject(question["pid"])) as asked:
        now[0] += RETRY_SECONDS
        assert subjects.of(PAT).pid == first.pid
        assert asked[0]["op"] == "provisional"
        assert asked[0]["pid"] == first.pid
