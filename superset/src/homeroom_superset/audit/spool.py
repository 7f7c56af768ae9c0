"""The file that one chain writes and the collector reads: one line an event, each in a single write()."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

MOST_BYTES = 64 * 1024 * 1024
SUFFIX = ".spool"


class Spool:
    """Appends lines. Once write() has returned, the line survives the death of the process. Not
    thread-safe."""

    def __init__(self, directory: Path, name: str, most_bytes: int = MOST_BYTES) -> None:
        self._directory = directory
        self._name = name
        self._most = most_bytes
        self._number = 0
        self._file: int | None = None
        self._size = 0

    @property
    def path(self) -> Path:
        """The file in use: `<name>.0.spool`, then `<name>.1.spool` and so on, as each becomes full."""
        return self._directory / f"{self._name}.{self._number}{SUFFIX}"

    def append(self, lines: bytes) -> None:
        """Raises OSError, and then nothing was appended, as far as the file system lets that be undone."""
        if self._file is not None and self._size + len(lines) > self._most:
            self.close()
            self._number += 1
        if self._file is None:
            flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC
            self._file = os.open(self.path, flags, 0o600)
            self._size = os.fstat(self._file).st_size
        written = os.write(self._file, lines)
        if written < len(lines):
            # A full disk takes a part. The part goes, so that the next line does not begin in its middle.
            os.ftruncate(self._file, self._size)
            raise OSError(f"only {written} of {len(lines)} bytes were written to {self.path}")
        self._size += written

    def flush(self) -> None:
        """Asks the disk to keep what was written, for a machine that loses power."""
        if self._file is not None:
            os.fdatasync(self._file)

    def is_gone(self) -> bool:
        """Whether the file in use was unlinked or replaced: what is written to it reaches nobody."""
        if self._file is None:
            return False
        mine = os.fstat(self._file)
        try:
            there = os.stat(self.path)
        except OSError:
            return True
        return (mine.st_dev, mine.st_ino) != (there.st_dev, there.st_ino)

    def close(self) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                os.close(self._file)
            self._file = None
