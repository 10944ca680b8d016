"""The bundled knowledge base: the countries of the world, with passages and flags."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import kbqa
from kbqa.errors import KbqaError, KnowledgeBaseError
from kbqa.storage.manifest import FORMAT

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.knowledge_base import KnowledgeBase

__all__ = ["open_world"]

DATA = Path(__file__).parent / "data"
ENCODER = "minilm"


def open_world(*, config: Config | None = None) -> KnowledgeBase:
    """Return the bundled knowledge base, which is built in the user's cache folder at first use.

    The folder is $XDG_CACHE_HOME/kbqa, ~/.cache/kbqa, or one in the system's folder for temporary files where
    these cannot be written. Building takes a few seconds; processes that need it at once wait for the first.

    Args:
        config: What the pipeline uses.

    Raises:
        KbqaError: If no folder can be written, or the encoder is missing.
    """
    name = f"world-{kbqa.__version__}-{_digest()}"
    folder = _cache(name)
    if not (folder / "manifest.json").is_file():
        with _only_one(folder):
            if not (folder / "manifest.json").is_file():
                _build(folder)
    try:
        return kbqa.open(folder, config=config)
    except KnowledgeBaseError:
        with _only_one(folder):
            _build(folder)
        return kbqa.open(folder, config=config)


def _build(folder: Path) -> None:
    """Build the knowledge base, also in place of a damaged one."""
    replace = (folder / "manifest.json").is_file()
    kbqa.build(
        folder,
        graph=[DATA / "world.ttl"],
        passages=[DATA / "passages"],
        images=[DATA / "flags"],
        text_encoder=ENCODER,
        replace=replace,
    ).close()


def _digest() -> str:
    """Return what changes with the data and with the way they are stored."""
    digest = hashlib.blake2b(f"{FORMAT} {ENCODER}".encode(), digest_size=6)
    for path in sorted(_files(DATA)):
        with open(path, "rb") as file:  # noqa: PTH123 - hundreds of files at every start: twice as fast
            content = file.read()
        digest.update(f"\0{path[len(str(DATA)) :]}\0{len(content)}\0".encode())
        digest.update(content)
    return digest.hexdigest()


def _files(folder: str | Path) -> Iterator[str]:
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir():
                yield from _files(entry.path)
            elif not entry.name.startswith("."):
                yield entry.path


def _cache(name: str) -> Path:
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
        f"the bundled knowledge base cannot be built: neither {folders[0]} nor {folders[1]} can be written; "
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
