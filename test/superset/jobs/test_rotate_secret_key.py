from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from homeroom_superset.jobs import rotate_secret_key
from homeroom_superset.jobs.rotate_secret_key import SecretKeyError, encrypted_columns, re_encrypt
from sqlalchemy.engine import Engine
from superset.utils.encrypt import EncryptedType

OLD, NEW, STRANGER = "o" * 40, "n" * 40, "x" * 40


def models(key: str) -> sa.MetaData:
    metadata = sa.MetaData()

    def encrypted(name: str) -> sa.Column[Any]:
        return sa.Column(name, EncryptedType(sa.Text, lambda: key))

    sa.Table(
        "dbs", metadata, sa.Column("id", sa.Integer, primary_key=True), sa.Column("name", sa.Text),
        encrypted("password"), encrypted("encrypted_extra"), encrypted("server_cert"),
        sa.Column("changed_by", sa.Text, onupdate="the job"),
    )  # fmt: skip
    sa.Table("ssh_tunnels", metadata, sa.Column("id", sa.Integer, primary_key=True), encrypted("private_key"))
    return metadata


SECRETS = [
    {"id": 1, "password": "hunter2", "encrypted_extra": '{"a": "ü"}', "server_cert": None},
    {"id": 2, "password": None, "encrypted_extra": "", "server_cert": "-----BEGIN" * 200},
]


@pytest.fixture
def engine() -> Iterator[Engine]:
    engine = sa.create_engine("sqlite://")
    metadata = models(OLD)
    metadata.create_all(engine)
    with engine.begin() as connection:
        connection.execute(metadata.tables["dbs"].insert(), SECRETS)
        connection.execute(metadata.tables["ssh_tunnels"].insert(), {"id": 1, "private_key": "a key"})
    yield engine
    engine.dispose()


def rotate(engine: Engine, previous: str = OLD, current: str = NEW) -> rotate_secret_key.Report:
    with engine.begin() as connection:
        return re_encrypt(connection, models(current), previous, current)


def read(engine: Engine, key: str) -> list[dict[str, Any]]:
    table = models(key).tables["dbs"]
    with engine.begin() as connection:
        rows = connection.execute(table.select().order_by(table.c.id)).mappings().all()
    return [{name: row[name] for name in SECRETS[0]} for row in rows]


def raw(engine: Engine) -> list[Any]:
    with engine.begin() as connection:
        rows = connection.execute(
            sa.text("select * from dbs union all select id, '', private_key, '', '', '' from ssh_tunnels")
        )
        return [tuple(row) for row in rows]


def test_every_value_opens_with_the_new_key_alone(engine: Engine) -> None:
    report = rotate(engine)
    assert (report.columns, report.values, report.re_encrypted) == (4, 5, 5)
    assert read(engine, NEW) == SECRETS


def test_a_row_keeps_who_changed_it_last(engine: Engine) -> None:
    rotate(engine)
    with engine.begin() as connection:
        assert set(connection.execute(sa.text("select changed_by from dbs")).scalars()) == {None}


def test_a_repeat_changes_nothing(engine: Engine) -> None:
    rotate(engine)
    before = raw(engine)
    assert rotate(engine).re_encrypted == 0
    assert rotate(engine, previous=STRANGER).re_encrypted == 0
    assert raw(engine) == before


def test_what_a_pod_wrote_with_the_new_key_meanwhile_is_kept(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(models(NEW).tables["dbs"].insert(), {"id": 3, "password": "written by a new pod"})
    assert rotate(engine).re_encrypted == 5
    assert read(engine, NEW)[2]["password"] == "written by a new pod"


def test_a_wrong_previous_key_changes_nothing_and_names_the_place_without_the_value(engine: Engine) -> None:
    before = raw(engine)
    with pytest.raises(SecretKeyError, match=r"dbs\.password of row 1 opens with neither key") as caught:
        rotate(engine, previous=STRANGER)
    assert "hunter2" not in str(caught.value)
    assert raw(engine) == before


def test_a_write_that_does_nothing_is_noticed_and_rolled_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = raw(engine)
    monkeypatch.setattr(rotate_secret_key, "_write", lambda *_: None)
    with pytest.raises(SecretKeyError, match="with the new key alone; nothing was changed"):
        rotate(engine)
    assert raw(engine) == before


def test_a_write_of_another_text_is_noticed_and_rolled_back(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = raw(engine)
    encrypt = rotate_secret_key.Cipher.encrypt
    monkeypatch.setattr(rotate_secret_key.Cipher, "encrypt", lambda self, text: encrypt(self, f"{text}?"))
    with pytest.raises(SecretKeyError, match="with the new key alone; nothing was changed"):
        rotate(engine)
    assert raw(engine) == before


def test_a_superset_whose_encrypted_columns_are_not_found_fails(engine: Engine) -> None:
    """apache/superset#37842: the search found nothing, and the command ended well."""
    plain = sa.MetaData()
    sa.Table(
        "dbs", plain, sa.Column("id", sa.Integer, primary_key=True), sa.Column("password", sa.LargeBinary)
    )
    with pytest.raises(
        SecretKeyError, match=r"do not show dbs\.encrypted_extra, dbs\.password, dbs\.server_cert"
    ):
        encrypted_columns(plain)


def test_a_value_that_either_key_opens_is_left_to_a_person(
    engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.begin() as connection:
        connection.execute(models(NEW).tables["dbs"].insert(), {"id": 3, "password": "new"})
    before = raw(engine)
    decrypt = rotate_secret_key.Cipher.decrypt

    def by_luck(self: rotate_secret_key.Cipher, value: bytes) -> str | None:
        text = decrypt(self, value)
        return "luck" if text is None and self._type.key == OLD else text

    monkeypatch.setattr(rotate_secret_key.Cipher, "decrypt", by_luck)
    with pytest.raises(SecretKeyError, match=r"dbs\.password of row 3 opens with either key"):
        rotate(engine)
    assert raw(engine) == before


def test_the_previous_key_s_file_is_checked_before_anything_is_read(tmp_path: Path) -> None:
    file = tmp_path / "previous"
    for text, reason in ((NEW, "holds the present SECRET_KEY"), ("short", "has 5 characters")):
        file.write_text(text)
        with pytest.raises(SecretKeyError, match=reason):
            rotate_secret_key._previous_key(file, NEW)
    with pytest.raises(SecretKeyError, match="cannot be read"):
        rotate_secret_key._previous_key(tmp_path / "nowhere", NEW)
