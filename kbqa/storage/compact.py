"""Give back the space that removed things have left, without changing what a knowledge base says."""

from __future__ import annotations

import shutil
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from kbqa.storage.apply import WAIT_SECONDS, carry_out, remove_old_graphs
from kbqa.storage.failures import told
from kbqa.storage.graph_part import copy_store
from kbqa.storage.intake import index_text
from kbqa.storage.journal import Change, Staging
from kbqa.storage.locks import READERS, WRITER, locked
from kbqa.storage.manifest import Manifest, read_manifest
from kbqa.storage.parts import (
    CORPUS,
    GRAPH,
    IMAGE_VECTORS,
    IMAGES,
    IN_USE,
    LEXICAL,
    NAMES,
    RELATIONS,
    SCHEMA,
    VECTORS,
    graph_folder,
    open_corpus,
)
from kbqa.storage.placing import restore
from kg.names import Names
from retrieval.engine import open_vectors
from retrieval.lexical import LexicalIndex

__all__ = ["Compacted", "compact"]

WORTH = 0.9  # a graph is replaced by its compacted copy where this takes at most so much of the space


@dataclass(frozen=True, slots=True)
class Compacted:
    """How much space a knowledge base took before and after it was compacted.

    Attributes:
        before: Bytes of each part before.
        after: Bytes of each part afterwards.
        seconds: How long it took.
    """

    before: dict[str, int]
    after: dict[str, int]
    seconds: float

    @property
    def won(self) -> int:
        """Bytes that are free again."""
        return sum(self.before.values()) - sum(self.after.values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain dicts, ready for JSON."""
        return {"won": self.won, **asdict(self)}


def compact(path: str | Path) -> Compacted:
    """Give back the space that removed triples, texts, vectors and images still take, and return how much it was.

    Each part is replaced at once by an equal one that is smaller, so that it may be interrupted at any time, and
    a part that has nothing to give back is left alone. Who has the knowledge base open keeps reading; what they
    hold is freed when they close it and it is compacted, or changed, again.

    Args:
        path: The folder.

    Raises:
        KnowledgeBaseError: If there is no knowledge base, or it is damaged or of another version.
        BusyError: If it is being changed.
        KbqaError: If the disk is full or the folder cannot be written.
    """
    folder, started = Path(path), time.perf_counter()
    with told(folder, after="nothing was lost"):
        restore(folder)
        read_manifest(folder)
        with locked(folder, WRITER):
            before = _sizes(folder)
            carry_out(folder)
            _compact_graph(folder, read_manifest(folder))
            remove_old_graphs(folder, read_manifest(folder).graph_version)
            _compact_items(folder, read_manifest(folder))
            _remove_strays(folder)
            return Compacted(before, _sizes(folder), time.perf_counter() - started)


def _compact_graph(folder: Path, manifest: Manifest) -> None:
    """Make a smaller version of a graph that was changed since it was built, if there is one."""
    if manifest.endpoint or manifest.graph_version == 1:
        return
    old = graph_folder(folder, manifest.graph_version)
    staging = Staging(folder)
    try:
        new = staging.path / GRAPH
        with copy_store(old, new) as store:
            store.optimize()
        with Names.open(old / NAMES) as names:
            names.copy_to(new / NAMES)
        for name in (SCHEMA, RELATIONS, IN_USE):
            shutil.copyfile(old / name, new / name)
        if _bytes(new) <= WORTH * _bytes(old):
            later = replace(
                manifest, generation=manifest.generation + 1, graph_version=manifest.graph_version + 1
            )
            staging.commit(Change(later, (), (), (), new_graph=True))
            carry_out(folder)
    finally:
        staging.discard()


def _compact_items(folder: Path, manifest: Manifest) -> None:
    """Compact corpus, word index, vectors and those of images, each if it has something to give back."""
    with open_corpus(folder, read_only=False) as corpus:
        corpus.compact()
        with LexicalIndex.open(folder / LEXICAL, read_only=False) as lexical:
            if lexical.waste():
                lexical.compact((item.id, index_text(item)) for item in corpus.items())
    _compact_vectors(folder, VECTORS, manifest.encoder)
    if manifest.image_encoder:
        _compact_vectors(folder, IMAGE_VECTORS, manifest.image_encoder)


def _compact_vectors(folder: Path, part: str, encoder: str) -> None:
    with open_vectors(folder / part, encoder=encoder, read_only=False) as vectors:
        if vectors.can_compact():
            # who opens it reads the manifest of the vectors first and then the files that go
            with locked(folder, READERS, seconds=WAIT_SECONDS):
                vectors.compact()


def _remove_strays(folder: Path) -> None:
    """Remove the files in the folder of images that belong to none."""
    with open_corpus(folder) as corpus:
        known = {Path(image.path).name for image in corpus.images()}
    for path in (folder / IMAGES).iterdir():
        if path.name not in known:
            path.unlink()


def _sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each part."""
    parts = {
        "graph": GRAPH,
        "passages": f"{CORPUS}*",
        "words": LEXICAL,
        "vectors": VECTORS,
        "images": IMAGES,
        "image vectors": IMAGE_VECTORS,
    }
    sizes = {part: sum(_bytes(path) for path in folder.glob(pattern)) for part, pattern in parts.items()}
    return {**sizes, "left over": sum(_bytes(path) for path in folder.glob("journal*"))}


def _bytes(path: Path) -> int:
    """Return the size of a file, or of all files in a folder, those with several names once."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    return sum({file.stat().st_ino: file.stat().st_size for file in files}.values())
