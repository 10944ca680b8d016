"""Knowledge bases that are made once and kept in the user's cache folder."""

from __future__ import annotations

import fcntl
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import KbqaError, KnowledgeBaseError

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.knowledge_base import KnowledgeBase

__all__ = ["open_cached"]


def open_cached(
    name: str, build: Callable[[Path, bool], None], *, config: Config | None = None
) -> KnowledgeBase:
    """Return the knowledge base of a name, which is built at first use.

    It is kept in $XDG_CACHE_HOME/kbqa, ~/.cache/kbqa, or a folder in the system's folder for temporary
    files where these cannot be written. Processes that need it at once wait for the first.

    Args:
        name: Names what it was made of, too, so that other contents have another name.
        build: Builds it in a folder; told whether to replace a damaged one.
        config: What the pipeline uses.

    Raises:
        KbqaError: If no folder can be written, or building fails.
    """
    from kbqa.knowledge_base import KnowledgeBase

    folder = _place(name)
    if not (folder / "manifest.json").is_file():
        with _only_one(folder):
            if not (folder / "manifest.json").is_file():
                build(folder, False)
    try:
        return KnowledgeBase.open(folder, config=config)
    except KnowledgeBaseError:
        with _only_one(folder):
            build(folder, True)
        return KnowledgeBase.open(folder, config=config)


def _place(name: str) -> Path:
    """Return the folder of the knowledge base in the first cache folder that has it or can be written.

    Raises:
        KbqaError: If there is none.
    """
    folders = [_user_cache() / "kbqa", Path(tempfile.gettempdir()) / f"kbqa-{os.getuid()}"]
    for folder in folders:
        if (folder / name / "manifest.json").is_file() and folder.stat().st_uid == os.getuid():
            return folder / name
    for folder in folders:
        if _is_ours(folder):
            return folder / name
    raise KbqaError(
        f"no knowledge base can be kept: neither {folders[0]} nor {folders[1]} can be written; "
        "set XDG_CACHE_HOME to a folder that can"
    )


def _user_cache() -> Path:
    given = os.environ.get("XDG_CACHE_HOME", "")
    return Path(given) if os.path.isabs(given) else Path("~/.cache").expanduser()  # noqa: PTH117


def _is_ours(folder: Path) -> bool:
    """Return whether a folder is, or could be made, writable and is nobody else's."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder.stat().st_uid == os.getuid() and os.access(folder, os.W_OK | os.X_OK)
    except OSError:
        return False


@contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    """Let one process after the other build."""
    with folder.with_name(f".{folder.name}.lock").open("wb") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
