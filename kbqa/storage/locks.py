"""Who may read and write a knowledge base: two lock files, let go by the system when a process dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbqa.errors import BusyError, KnowledgeBaseError

__all__ = ["READERS", "WRITER", "create_locks", "locked"]

WRITER, READERS = "writer.lock", "readers.lock"
PAUSE_SECONDS = 0.005


def create_locks(folder: Path) -> None:
    """Make the lock files of a new knowledge base."""
    for name in (WRITER, READERS):
        (folder / name).touch()


@contextmanager
def locked(folder: Path, name: str, *, shared: bool = False, seconds: float = 0.0) -> Iterator[None]:
    """Hold a lock of a knowledge base.

    Args:
        folder: The knowledge base.
        name: WRITER, held for a whole change, or READERS, shared while opening the parts and exclusive
            while changing them.
        shared: Whether others may hold it too, if they share it.
        seconds: How long to wait for it.

    Raises:
        BusyError: If another process holds it all that time.
        KnowledgeBaseError: If the lock file is missing.
    """
    try:
        handle = os.open(folder / name, os.O_RDONLY | os.O_CLOEXEC)
    except OSError as error:
        raise KnowledgeBaseError(
            f"{folder / name} cannot be opened ({error.strerror}); if it is missing, make an empty file of that name"
        ) from None
    try:
        _wait(handle, fcntl.LOCK_SH if shared else fcntl.LOCK_EX, folder, seconds)
        yield
    finally:
        os.close(handle)


def _wait(handle: int, kind: int, folder: Path, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            fcntl.flock(handle, kind | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise BusyError(
                    f"{folder} is being changed by another process; try again when it has finished"
                ) from None
            time.sleep(PAUSE_SECONDS)
        else:
            return
