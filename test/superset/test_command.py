"""Foreseen errors have one base class, and commands print them as sentences."""

from __future__ import annotations

import ast
from pathlib import Path

import homeroom_superset
import pytest
from homeroom_superset.command import end_with
from homeroom_superset.settings import SettingsError

PACKAGE = Path(homeroom_superset.__file__).parent
# Superset answers a database's errors by psycopg2's class.
BASES = {"Exception": {"ExpectedError"}, "psycopg2.OperationalError": {"database"}}


def test_errors_have_one_base_class() -> None:
    odd = []
    for path in sorted(PACKAGE.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ClassDef):
                continue
            for base in map(ast.unparse, node.bases):
                foreign = base == "Exception" or base.endswith(("Error", "Exception"))
                allowed = base == "ExpectedError" or {node.name, path.parent.name} & BASES.get(base, set())
                if foreign and not allowed:
                    odd.append(f"{path.relative_to(PACKAGE)}: {node.name} is a {base}; derive ExpectedError")
    assert odd == []


def test_a_foreseen_error_is_printed_as_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    def main() -> int:
        raise SettingsError(["HOMEROOM_AUDIENCE is missing"])

    with pytest.raises(SystemExit) as ended:
        end_with(main)
    assert ended.value.code == 2
    printed = capsys.readouterr().err
    assert "HOMEROOM_AUDIENCE is missing" in printed
    assert "Traceback" not in printed


def test_a_command_ends_with_the_code_of_its_main_and_another_error_stays_one() -> None:
    with pytest.raises(SystemExit) as ended:
        end_with(lambda: 3)
    assert ended.value.code == 3
    with pytest.raises(ZeroDivisionError):
        end_with(lambda: 1 // 0)
