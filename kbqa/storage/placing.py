"""Folders in transition: a new knowledge base is made beside its place, and a change waits in `journal`."""

from __future__ import annotations

import glob
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from kbqa.errors import InputError
from kbqa.storage.locks import WRITER, locked
from kbqa.storage.manifest import sync

__all__ = ["PENDING", "is_pending", "new_folder", "restore"]

PENDING = "journal"


def is_pending(folder: Path) -> bool:
    """Return whether a knowledge base has a change that has happened and is not yet carried out."""
    return (folder / PENDING).is_dir()


@contextmanager
def new_folder(target: Path, *, replace: bool) -> Iterator[Path]:
    """Give an empty folder beside the target, and put it in the target's place when all went well.

    Args:
        target: The knowledge base to make.
        replace: Whether one that is there is replaced; it stays until the new one is ready.

    Raises:
        InputError: If something is there that is not to be replaced.
        BusyError: If the one to be replaced is being changed.
        OSError: If the folder cannot be made.
    """
    restore(target)
    _check_target(target, replace=replace)
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in [*_left(target, "building"), *_left(target, "old")]:
        shutil.rmtree(left, ignore_errors=True)
    # never the same name twice: the store of a build that failed stays open while its traceback is kept
    folder = target.with_name(f".{target.name}.building-{secrets.token_hex(4)}-{os.getpid()}")
    folder.mkdir()
    try:
        yield folder
        for path in [*folder.rglob("*"), folder]:
            sync(path)
        _check_target(target, replace=replace)  # it may have come meanwhile
        _put_in_place(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def restore(target: Path) -> None:
    """Put a knowledge base back that was set aside by a process that died before the new one was in place."""
    if target.exists():
        return
    for old in _left(target, "old"):
        old.rename(target)
        return


def _check_target(target: Path, *, replace: bool) -> None:
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not replace:
        raise InputError(
            f"{target} is there already; add to it with `kbqa add {target} …`, "
            f"or build it anew with `kbqa build {target} … --replace`"
        )
    if not (target / "manifest.json").is_file():
        raise InputError(f"{target} is no knowledge base and is not replaced; choose another name")


def _left(target: Path, kind: str) -> list[Path]:
    """Return what builds of a name that are no longer running have left, by name."""
    found = target.parent.glob(f".{glob.escape(target.name)}.{kind}-*")
    pids = {path: path.name.rpartition("-")[2] for path in found}
    return sorted(path for path, pid in pids.items() if pid.isdecimal() and not _runs(int(pid)))


def _runs(pid: int) -> bool:
    """Return whether a process of that number runs."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _put_in_place(folder: Path, target: Path) -> None:
    """Rename the new folder to its name; an old one is set aside first and removed last."""
    if not target.exists() or not any(target.iterdir()):
        folder.rename(target)
        sync(target.parent)
        return
    old = target.with_name(f".{target.name}.old-{os.getpid()}")
    with locked(target, WRITER):
        target.rename(old)
        folder.rename(target)
        sync(target.parent)
    shutil.rmtree(old, ignore_errors=True)
