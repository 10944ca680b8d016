"""The bundled knowledge base: the countries of the world, with passages and flags."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import kbqa
from kbqa.cache import open_cached
from kbqa.storage.manifest import FORMAT

if TYPE_CHECKING:
    from kbqa.config import Config
    from kbqa.knowledge_base import KnowledgeBase

__all__ = ["open_world"]

DATA = Path(__file__).parent / "data"
ENCODER = "bilingual"
IMAGE_ENCODER = "small"


def open_world(*, config: Config | None = None) -> KnowledgeBase:
    """Return the bundled knowledge base, which is built in the user's cache folder at first use.

    Building takes a few seconds; `kbqa.cache` says where it is kept.

    Args:
        config: What the pipeline uses.

    Raises:
        KbqaError: If no folder can be written, or the encoder is missing.
    """
    return open_cached(f"world-{kbqa.__version__}-{_digest()}", _build, config=config)


def _build(folder: Path, replace: bool) -> None:
    kbqa.build(
        folder,
        graph=[DATA / "world.ttl"],
        passages=[DATA / "passages"],
        images=[DATA / "flags"],
        text_encoder=ENCODER,
        image_encoder=IMAGE_ENCODER,
        replace=replace,
        root=DATA,
    ).close()


def _digest() -> str:
    """Return what changes with the data and with the way they are stored."""
    digest = hashlib.blake2b(f"{FORMAT} {ENCODER} {IMAGE_ENCODER}".encode(), digest_size=6)
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
