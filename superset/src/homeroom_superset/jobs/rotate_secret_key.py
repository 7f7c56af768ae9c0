"""Re-encrypts the values that Superset stored with a previous SECRET_KEY, and proves it before it commits.

python -m homeroom_superset.jobs.rotate_secret_key --previous-key-file FILE

Superset's own `re-encrypt-secrets` commits first and looks at nothing afterwards; it has been a silent no-op
(apache/superset#37842). Here one transaction holds the tables, writes, reads every value back and opens it
with the new key alone; a value that differs, or a Superset whose encrypted columns cannot be found, ends it
with no change. It may be killed and repeated at any time.
Exit codes: 0 all values open with the new key; 1 they do not, and nothing was changed; 2 a wrong argument or
setting.
"""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy_utils.types.encrypted.encrypted_type import StringEncryptedType
from sqlalchemy_utils.types.encrypted.padding import InvalidPaddingError

from homeroom_superset.command import end_with
from homeroom_superset.refusal import ExpectedError
from homeroom_superset.settings import settings

# The search has failed when it does not find these columns, in which Superset stores databases' credentials.
REQUIRED_COLUMNS = frozenset({"dbs.password", "dbs.encrypted_extra", "dbs.server_cert"})
MIN_KEY_LENGTH = 32


class SecretKeyError(ExpectedError):
    """Raised when re-encryption is impossible; the message never contains a value."""


@dataclass(frozen=True)
class Report:
    columns: int
    values: int
    re_encrypted: int

    def __str__(self) -> str:
        return (
            f"{self.values} values in {self.columns} encrypted columns open with the new key alone; "
            f"{self.re_encrypted} of them were encrypted anew"
        )


@dataclass(frozen=True)
class Value:
    column: sa.Column[Any]
    row: tuple[Any, ...]
    raw: bytes

    @property
    def location(self) -> str:
        return f"{self.column.table.name}.{self.column.name} of row {', '.join(map(str, self.row))}"


def encrypted_columns(metadata: sa.MetaData) -> list[sa.Column[Any]]:
    columns = [
        column
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, StringEncryptedType)
    ]
    missing = REQUIRED_COLUMNS - {f"{column.table.name}.{column.name}" for column in columns}
    if missing:
        raise SecretKeyError(
            f"Superset's models do not show {', '.join(sorted(missing))} as encrypted; "
            "nothing was changed, because nothing could be proved"
        )
    return columns


class Cipher:
    """Decrypts and encrypts values of one column with one key, as the column's type does."""

    def __init__(self, column: sa.Column[Any], key: str, dialect: Any) -> None:
        # The copy shares the encryption engine, which derives its key anew for each value.
        self._type = column.type.copy()
        self._type.key = key
        self._dialect = dialect

    def decrypt(self, raw: bytes) -> str | None:
        """None when it was encrypted with another key. AES-CBC tells by luck alone: a text is no proof."""
        try:
            decrypted = self._type.process_result_value(raw, self._dialect)
        except (ValueError, InvalidPaddingError):
            return None
        return None if decrypted is None else str(decrypted)

    def encrypt(self, text: str) -> bytes:
        encrypted = self._type.process_bind_param(text, self._dialect)
        return encrypted if isinstance(encrypted, bytes) else str(encrypted).encode()


def _stored(connection: Connection, column: sa.Column[Any]) -> Iterator[Value]:
    keys = list(column.table.primary_key.columns)
    raw = sa.type_coerce(column, sa.LargeBinary)
    for row in connection.execute(sa.select([*keys, raw]).where(column.isnot(None)).order_by(*keys)):
        value = row[-1]
        yield Value(column, tuple(row)[:-1], value.encode() if isinstance(value, str) else bytes(value))


def _write(connection: Connection, value: Value, raw: bytes) -> None:
    column, keys = value.column, list(value.column.table.primary_key.columns)
    # An update through the model's table would record the job as the row's last editor.
    table = sa.table(
        column.table.name, sa.column(column.name), *(sa.column(key.name, key.type) for key in keys)
    )
    stored = sa.bindparam(None, raw, type_=sa.LargeBinary)
    row = (table.c[key.name] == part for key, part in zip(keys, value.row, strict=True))
    connection.execute(table.update().where(*row).values({column.name: stored}))


def _fingerprint(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def re_encrypt(connection: Connection, metadata: sa.MetaData, previous: str, current: str) -> Report:
    """Re-encrypts all values in the caller's transaction, which must be rolled back when this raises
    SecretKeyError."""
    columns = encrypted_columns(metadata)
    if connection.dialect.name == "postgresql":
        tables = ", ".join(
            sorted({connection.dialect.identifier_preparer.format_table(c.table) for c in columns})
        )
        # Readers continue; a writer of a secret waits, so that no value is missed.
        connection.execute(sa.text(f"lock table {tables} in share row exclusive mode"))
    expected: dict[str, bytes] = {}
    written = 0
    for column in columns:
        old, new = (Cipher(column, key, connection.dialect) for key in (previous, current))
        stored = list(_stored(connection, column))
        decrypted = [new.decrypt(value.raw) for value in stored]
        done = all(text is not None for text in decrypted)
        for value, by_new in zip(stored, decrypted, strict=True):
            by_old = None if done else old.decrypt(value.raw)
            text = _decide(value, by_old, by_new)
            expected[value.location] = _fingerprint(text)
            if by_new is None:
                _write(connection, value, new.encrypt(text))
                written += 1
    _prove(connection, columns, current, expected)
    return Report(len(columns), len(expected), written)


def _decide(value: Value, by_old: str | None, by_new: str | None) -> str:
    if by_old is not None and by_new is not None:
        raise SecretKeyError(
            f"{value.location} opens with either key, so which of them wrote it is unknown; "
            "nothing was changed: enter that secret again in Superset, then repeat"
        )
    text = by_new if by_new is not None else by_old
    if text is None:
        raise SecretKeyError(
            f"{value.location} opens with neither key; nothing was changed: give the key that wrote it, "
            "or enter that secret again in Superset"
        )
    return text


def _prove(
    connection: Connection, columns: list[sa.Column[Any]], current: str, expected: dict[str, bytes]
) -> None:
    seen = 0
    for column in columns:
        new = Cipher(column, current, connection.dialect)
        for value in _stored(connection, column):
            text = new.decrypt(value.raw)
            if text is None or _fingerprint(text) != expected.get(value.location):
                raise SecretKeyError(
                    f"{value.location} does not give its text with the new key alone; nothing was changed"
                )
            seen += 1
    if seen != len(expected):
        raise SecretKeyError(f"{len(expected)} values were there and {seen} are; nothing was changed")


def _previous_key(path: Path, current: str) -> str:
    try:
        previous = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise SecretKeyError(
            f"{path} cannot be read ({type(error).__name__}); give the previous key's file"
        ) from None
    if len(previous) < MIN_KEY_LENGTH:
        raise SecretKeyError(
            f"{path} has {len(previous)} characters; a SECRET_KEY has at least {MIN_KEY_LENGTH}"
        )
    if previous == current:
        raise SecretKeyError(
            f"{path} holds the present SECRET_KEY; change the secret first, then run this Job"
        )
    return previous


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m homeroom_superset.jobs.rotate_secret_key")
    parser.add_argument("--previous-key-file", type=Path, required=True)
    arguments = parser.parse_args()
    current = settings().secret("secretKey")
    previous = _previous_key(arguments.previous_key_file, current)
    # Superset takes seconds to import, so a bad file is reported first.
    from superset.app import create_app

    with create_app().app_context():
        from flask_appbuilder import Model
        from superset import db

        with db.engine.begin() as connection:
            print(re_encrypt(connection, Model.metadata, previous, current))
    return 0


if __name__ == "__main__":
    end_with(main)
