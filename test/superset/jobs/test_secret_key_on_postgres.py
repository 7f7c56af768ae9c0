"""The Job's own command, on PostgreSQL and the tables that Superset's migrations make."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from postgres import REPOSITORY, Postgres, postgres

OLD, NEW = "o" * 40, "n" * 40
DATABASE = "homeroom_metadata"
COLUMNS = {
    "dbs": ("password", "encrypted_extra", "server_cert"),
    "ssh_tunnels": ("password", "private_key", "private_key_password"),
}

STORE = """
from superset.app import create_app
with create_app().app_context():
    from flask_migrate import upgrade
    upgrade()
    from superset import db
    from superset.databases.ssh_tunnel.models import SSHTunnel
    from superset.models.core import Database
    for number in range(3):
        source = Database(database_name=f"source {number}", encrypted_extra='{"number": %d}' % number)
        source.set_sqlalchemy_uri(f"postgresql://reader:hunter{number}@db.example/schools")
        db.session.add(source)
    db.session.flush()
    tunnel = SSHTunnel(database_id=source.id, server_address="hop.example", server_port=22, password="tunnel")
    db.session.add(tunnel)
    db.session.commit()
"""

READ = """
import json
from superset.app import create_app
with create_app().app_context():
    from superset import db
    from superset.databases.ssh_tunnel.models import SSHTunnel
    from superset.models.core import Database
    sources = db.session.query(Database).order_by(Database.id).all()
    read = [[one.sqlalchemy_uri_decrypted, one.encrypted_extra] for one in sources]
    print(json.dumps([*read, [one.password for one in db.session.query(SSHTunnel)]]))
"""


class Superset:
    """Processes that share the mounted secrets, as the pods do."""

    def __init__(self, environ: dict[str, str], server: Postgres) -> None:
        self.secrets = Path(environ["HOMEROOM_SECRETS_DIR"])
        self.environ = {
            **environ,
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(REPOSITORY / "superset" / "src"),
            "SUPERSET_CONFIG": "homeroom_superset.superset_config",
            "SUPERSET_HOME": environ["HOMEROOM_STATE_DIR"],
            "HOMEROOM_METADATA_URL": f"postgresql+psycopg2://superset@127.0.0.1:{server.port}/{DATABASE}",
        }
        login = {"username": "superset", "password": "s" * 40}
        (self.secrets / "metadata-user").write_text(json.dumps(login))

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        pipe = subprocess.PIPE
        return subprocess.Popen(
            [sys.executable, *arguments], env=self.environ, stdout=pipe, stderr=pipe, text=True
        )

    def run(self, script: str) -> str:
        return ended(self.start("-c", script))

    def rotation(self) -> subprocess.Popen[str]:
        previous = str(self.secrets / "secret-key-previous")
        return self.start("-m", "homeroom_superset.jobs.rotate_secret_key", "--previous-key-file", previous)


def ended(process: subprocess.Popen[str]) -> str:
    out, err = process.communicate(timeout=300)
    assert process.returncode == 0, err[-2000:]
    return out.splitlines()[-1] if out else ""


def stored(server: Postgres) -> list[bytes]:
    conn = server.connect("postgres", dbname=DATABASE)
    with conn, conn.cursor() as cursor:
        values = []
        for table, columns in COLUMNS.items():
            cursor.execute(f"select {', '.join(columns)} from {table} order by id")
            values += [bytes(value) for row in cursor.fetchall() for value in row if value is not None]
    conn.close()
    return values


def changed(server: Postgres) -> list[Any]:
    conn = server.connect("postgres", dbname=DATABASE)
    with conn, conn.cursor() as cursor:
        cursor.execute("select id, changed_on from dbs order by id")
        found = list(cursor.fetchall())
    conn.close()
    return found


def until(server: Postgres, process: subprocess.Popen[str] | None, condition: str, count: int) -> None:
    """Waits for so many sessions of the rotation that are in a state."""
    conn = server.connect("postgres")
    conn.autocommit = True
    with conn.cursor() as cursor:
        for _ in range(3000):
            query = f"select count(*) from pg_stat_activity where usename = 'superset' and {condition}"
            cursor.execute(query)
            if cursor.fetchone()[0] == count:
                break
            assert process is None or process.poll() is None, "the rotation ended before it was killed"
            time.sleep(0.1)
        else:
            cursor.execute("select wait_event_type, query from pg_stat_activity where usename = 'superset'")
            raise AssertionError(f"never {count} sessions with {condition}: {cursor.fetchall()}")
    conn.close()


def test_a_rotation_that_is_killed_changes_nothing_and_two_more_leave_every_secret_to_the_new_key(
    environ: dict[str, Any],
) -> None:
    with postgres() as server:
        server.run("postgres", "create role superset login", f"create database {DATABASE} owner superset")
        superset = Superset(environ, server)
        (superset.secrets / "secret-key").write_text(OLD)
        superset.run(STORE)
        before, dates = stored(server), changed(server)
        assert len(before) == 7

        (superset.secrets / "secret-key-previous").write_text(OLD)
        (superset.secrets / "secret-key").write_text(NEW)
        # Holds the last row, so that the rotation stops after the first rows are written.
        holder = server.connect("postgres", dbname=DATABASE)
        holder.cursor().execute("select from dbs order by id desc limit 1 for update")
        killed = superset.rotation()
        until(server, killed, "wait_event_type = 'Lock' and query ilike 'update dbs set%'", 1)
        killed.kill()
        killed.communicate()
        holder.close()
        until(server, None, "true", 0)
        assert stored(server) == before

        reports = sorted(ended(process) for process in [superset.rotation(), superset.rotation()])
        proof = "open with the new key alone"
        assert all(proof in report and report.startswith("7 values") for report in reports), reports
        assert [report.split("; ")[1].split(" ")[0] for report in reports] == ["0", "7"]

        after = stored(server)
        assert len(after) == 7
        assert not set(before) & set(after)
        assert changed(server) == dates
        expected = [
            [f"postgresql://reader:hunter{number}@db.example/schools", f'{{"number": {number}}}']
            for number in range(3)
        ]
        assert json.loads(superset.run(READ)) == [*expected, ["tunnel"]]
