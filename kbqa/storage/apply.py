"""Carry out a change that has been written down; doing it again after a crash does no harm."""

from __future__ import annotations

import shutil
from pathlib import Path

from kbqa.errors import BusyError, KnowledgeBaseError
from kbqa.storage.journal import Change, clean, drop, pending, read_batches, read_change, step
from kbqa.storage.locks import READERS, locked
from kbqa.storage.manifest import sync, write_manifest
from kbqa.storage.parts import GRAPH, IMAGES, IN_USE, graph_folder
from kbqa.storage.placing import is_pending
from kbqa.storage.writing import Writers, open_writers

__all__ = ["carry_out", "remove_old_graphs"]

WAIT_SECONDS = 60.0


def carry_out(folder: Path) -> None:
    """Carry out the pending change of a knowledge base, if any; the writer lock must be held.

    Nobody can open the knowledge base meanwhile; who has it open already keeps seeing the old state.

    Raises:
        BusyError: If others are opening it for longer than a minute.
        KnowledgeBaseError, RetrievalError, OSError: If a part is damaged or cannot be written; the change
            then stays pending.
    """
    if is_pending(folder):
        change = read_change(folder)
        with locked(folder, READERS, seconds=WAIT_SECONDS):
            step("apply")
            _move_files(folder, change)
            with open_writers(folder, change.manifest) as writers:
                _change_items(folder, change, writers)
            for name in change.remove_files:
                (folder / name).unlink(missing_ok=True)
            step("removed files")
            write_manifest(folder, change.manifest)
            step("manifest")
            drop(folder)
    clean(folder)


def remove_old_graphs(folder: Path, current: int) -> None:
    """Remove the versions of the graph that nobody reads any more; the writer lock must be held."""
    versions = [version for version in (folder / GRAPH).iterdir() if version.name != str(current)]
    if not versions:
        return
    with locked(folder, READERS, seconds=WAIT_SECONDS):
        for version in versions:
            _remove_unused(version)


def _move_files(folder: Path, change: Change) -> None:
    """Put the new graph and new images in their places, where they are not yet."""
    staged = pending(folder) / GRAPH
    if change.new_graph and staged.is_dir():
        place = graph_folder(folder, change.manifest.graph_version)
        shutil.rmtree(place, ignore_errors=True)
        staged.rename(place)
        sync(place.parent)
        step("graph")
    if (pending(folder) / IMAGES).is_dir():
        for path in sorted((pending(folder) / IMAGES).iterdir()):
            path.replace(folder / IMAGES / path.name)
            step("image")
        sync(folder / IMAGES)


def _change_items(folder: Path, change: Change, writers: Writers) -> None:
    for source in change.remove_sources:
        writers.corpus.remove_source(source)
    step("corpus removed")
    writers.remove(change.remove_ids)
    for items, links, vectors, images in read_batches(folder):
        writers.store(items, links)
        step("corpus")
        if vectors is not None:
            writers.index(items, vectors, images)
    step("indexed")
    writers.lexical.commit()
    step("lexical")
    writers.vectors.commit()
    step("vectors")
    if writers.image_vectors is not None:
        writers.image_vectors.commit()
        step("image vectors")


def _remove_unused(version: Path) -> None:
    try:
        with locked(version, IN_USE):
            shutil.rmtree(version)
    except BusyError:
        return  # a later change will
    except (KnowledgeBaseError, OSError):  # half removed before
        shutil.rmtree(version, ignore_errors=True)
