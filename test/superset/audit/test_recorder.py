"""An act is recorded without an identity in clear, and in `regulated` nothing happens unrecorded."""

from __future__ import annotations

import os
from base64 import urlsafe_b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from homeroom_superset.audit.collector import CollectorAway
from homeroom_superset.audit.recorder import Act, AuditUnavailable, Recorder
from homeroom_superset.audit.subjects import Person, Subject
from homeroom_superset.settings import REPOSITORY_CONTRACT

from audit.chains import names_of, only_chain

PAT = Person("north", "guest", "7077077")
KEY = b"k" * 32


def make(
    directory: Path, monkeypatch: pytest.MonkeyPatch, *, regulated: bool = False, away: bool = False
) -> Recorder:
    recorder = Recorder(
        directory, environment="test", origin="homeroom/test/shared", regulated=regulated,
        contract_dir=REPOSITORY_CONTRACT, config_hash="00" * 32, app_version="1",
    )  # fmt: skip

    def ask(_question: dict[str, Any]) -> dict[str, Any]:
        if away:
            raise CollectorAway("away")
        return {"ok": True}

    monkeypatch.setattr(recorder._collector, "ask", ask)
    monkeypatch.setattr(recorder._subjects, "of", lambda _person: Subject("ab" * 16, KEY))
    return recorder


def opened(sealed: str, event_id: str) -> str:
    data = urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
    return AESGCM(KEY).decrypt(data[:12], data[12:], event_id.encode()).decode()


def test_seals_what_could_name_a_person(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = make(tmp_path, monkeypatch)
    recorder.record(
        Act(
            name="chart.viewed", person=PAT, actor={"type": "guest", "role": "teacher"},
            address="203.0.113.9", agent="Browser 1.0",
            filters=(("student_name", "Zoë Nguyen"),), details={"result": {"rows": 41}},
        )
    )  # fmt: skip
    event = only_chain(tmp_path)[-1]
    payload = event.payload
    assert payload["actor"] == {"type": "guest", "role": "teacher", "pid": "ab" * 16}
    assert payload["tenant"] == "north"
    assert opened(payload["src"]["ip_enc"], payload["id"]) == "203.0.113.9"
    assert opened(payload["src"]["ua_enc"], payload["id"]) == "Browser 1.0"
    assert payload["filters"][0]["column"] == "student_name"
    assert opened(payload["filters"][0]["value_enc"], payload["id"]) == "Zoë Nguyen"
    text = "".join(path.read_text() for path in tmp_path.iterdir())
    for clear in ("203.0.113.9", "Browser", "Nguyen", "7077077"):
        assert clear not in text


def test_a_stranger_has_no_pseudonym_and_the_name_is_sealed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = make(tmp_path, monkeypatch)
    recorder.record(Act(name="user.login", person=Person("", "stranger", "root"), failed=True))
    event = only_chain(tmp_path)[-1]
    assert event.header["status"] == 2
    assert "pid" not in event.payload["actor"]
    assert opened(event.payload["actor"]["attempt_enc"], event.payload["id"]) == "root"


def test_standard_lets_an_unrecorded_act_happen_and_regulated_does_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    role = Act(name="role.changed", person=PAT)
    make(tmp_path / "a", monkeypatch, away=True).record(role)
    regulated = make(tmp_path / "b", monkeypatch, regulated=True, away=True)
    with pytest.raises(AuditUnavailable):
        regulated.record(role)
    regulated.record(Act(name="dashboard.viewed", person=PAT))
    assert only_chain(tmp_path / "b")[-1].header["retention"] == "h6"


def test_an_event_that_cannot_be_made_stops_no_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = make(tmp_path, monkeypatch)
    recorder.record(Act(name="page.viewed", details={"bad": 1.5}))
    recorder.record(Act(name="chart.viewed", details={"long": "a" * 70_000}))
    events = only_chain(tmp_path)
    assert names_of(events) == ["writer.started", "page.viewed", "chart.viewed"]
    assert "float" in events[1].payload["result"]["error"]
    assert "bytes" in events[2].payload["result"]["error"]


def test_odd_text_is_recorded_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = make(tmp_path, monkeypatch)
    recorder.record(
        Act(name="page.viewed", details={"purpose": "a\0b\ud800c e\u0301"}, filters=(("e\u0301\0", "v"),))
    )
    payload = only_chain(tmp_path)[-1].payload
    assert payload["purpose"] == "a\ufffdb\ufffdc \u00e9"
    assert payload["filters"][0]["column"] == "\u00e9\ufffd"


def test_a_forked_process_begins_a_chain_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recorder = make(tmp_path, monkeypatch)
    recorder.record(Act(name="page.viewed"))
    child = os.fork()
    if child == 0:
        recorder.record(Act(name="api.called"))
        os._exit(0)
    os.waitpid(child, 0)
    recorder.record(Act(name="page.viewed"))
    assert len(list(tmp_path.glob("*.spool"))) == 2
