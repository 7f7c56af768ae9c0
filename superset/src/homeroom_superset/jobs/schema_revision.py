"""Waits until the metadata database has the schema revision that this image's Superset was written for.

Reads the migrations as text, because importing Superset would cost every pod ten seconds and 200 MB.
"""

from __future__ import annotations

import argparse
import ast
import importlib.util
import os
import sys
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg2
from sqlalchemy.engine.url import make_url

from homeroom_superset.command import end_with
from homeroom_superset.database.login import Login, read_login
from homeroom_superset.settings import read_settings


def migrations_folder() -> Path:
    spec = importlib.util.find_spec("superset")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("Superset is not installed in this image; build it from superset/Dockerfile")
    return Path(spec.submodule_search_locations[0]) / "migrations" / "versions"


def expected_heads(folder: Path) -> frozenset[str]:
    """Returns the revisions on which no other revision builds."""
    revisions: set[str] = set()
    parents: set[str] = set()
    for file in sorted(folder.glob("*.py")):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            name, value = _assignment(node)
            if name == "revision":
                revisions |= _texts(value)
            elif name == "down_revision":
                parents |= _texts(value)
    return frozenset(revisions - parents)


def _assignment(node: ast.stmt) -> tuple[str, ast.expr | None]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id, node.value
    if isinstance(node, ast.Assign) and len(node.targets) == 1 and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id, node.value
    return "", None


def _texts(value: ast.expr | None) -> set[str]:
    parts = value.elts if isinstance(value, ast.Tuple | ast.List) else [value]
    return {part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str)}


def current_heads(url: str, login: Login) -> frozenset[str]:
    target = make_url(url)
    options: dict[str, Any] = {key: str(value) for key, value in target.query.items()}
    connection = psycopg2.connect(
        **options,
        host=target.host,
        port=target.port,
        dbname=target.database,
        connect_timeout=5,
        **login.parameters,
    )
    with closing(connection), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL")
        row = cursor.fetchone()
        if row is None or not row[0]:
            return frozenset()
        cursor.execute("SELECT version_num FROM public.alembic_version")
        return frozenset(version for (version,) in cursor.fetchall())


def wait(expected: frozenset[str], seconds: float) -> str | None:
    """Waits until the revisions agree and returns None, or after `seconds` the last observation."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            # The settings are read in each round, because the login may rotate meanwhile.
            settings = read_settings(os.environ)
            found = current_heads(settings.metadata_url, read_login(settings, "metadataUser"))
            if found == expected:
                return None
            seen = f"the database is at revision {', '.join(sorted(found)) or 'none'}"
        except psycopg2.OperationalError as error:
            seen = f"the database does not answer ({str(error).strip()})"
        if time.monotonic() >= deadline:
            return seen
        print(f"waiting for schema revision {', '.join(sorted(expected))}: {seen}", flush=True)
        time.sleep(min(5.0, max(0.0, deadline - time.monotonic())))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wait-seconds", type=float, default=0.0)
    arguments = parser.parse_args()
    expected = expected_heads(migrations_folder())
    seen = wait(expected, arguments.wait_seconds)
    if seen is None:
        return 0
    print(
        f"The schema is not at revision {', '.join(sorted(expected))}: {seen}. "
        "Look at the log of this image's migrate Job.",
        file=sys.stderr,
    )
    return 1


if __name__ == "__main__":
    end_with(main)
