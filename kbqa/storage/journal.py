"""Changes written down whole before any part is touched, so that they happen altogether or not at all.

A change is prepared in `journal.tmp-…`: everything that has to be read, computed or encoded is, and nothing
of the knowledge base is touched. Renaming that folder to `journal` is the moment at which the change has
happened: from then on whoever opens the knowledge base carries it out first. Carrying it out twice does no harm.
"""

from __future__ import annotations

import errno
import json
import secrets
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kbqa.errors import KnowledgeBaseError
from kbqa.storage.arrays import load_array
from kbqa.storage.image_encoder import ImageVectors, image_ids
from kbqa.storage.intake import Item
from kbqa.storage.manifest import Manifest, sync
from kbqa.storage.placing import PENDING
from retrieval.types import EntityLink, Image, Passage

if TYPE_CHECKING:
    from retrieval.types import Floats

__all__ = [
    "Change",
    "Staging",
    "clean",
    "drop",
    "pending",
    "read_batches",
    "read_change",
    "step",
]

PREPARED, DONE = f"{PENDING}.tmp-", f"{PENDING}.done-"
CHANGE = "change.json"
IMAGE_NUMBERS = ".images.npy"
SPARE_BYTES = 2 << 20
SPACE_PER_TEXT = 4  # corpus with its log, and word index, for each byte of items


def step(name: str) -> None:
    """Mark a point at which the process may die; the crash tests let it die there."""


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be carried out.

    Attributes:
        manifest: The manifest afterwards.
        remove_sources: Files, or lines of .jsonl files, whose passages and images go; some of them come anew.
        remove_ids: Ids of these passages and images.
        remove_files: Image files that go, seen from the folder.
        new_graph: Whether there is a new version of the graph.
    """

    manifest: Manifest
    remove_sources: tuple[str, ...]
    remove_ids: tuple[str, ...]
    remove_files: tuple[str, ...]
    new_graph: bool


class Staging:
    """A change in preparation."""

    def __init__(self, folder: Path) -> None:
        """Make the folder of a change to a knowledge base, whose writer lock is held."""
        self._base = folder
        # never the same name twice: a store in it stays open while the traceback of a failure is kept
        self.path = folder / f"{PREPARED}{secrets.token_hex(4)}"
        self.path.mkdir()
        self._batches = 0

    def write_batch(
        self,
        items: Sequence[Item],
        links: Sequence[Sequence[EntityLink]],
        vectors: Floats | None,
        images: ImageVectors | None = None,
    ) -> None:
        """Write down items to be stored.

        Args:
            items: Passages and images; those without `vectors` only get new links.
            links: The links of each.
            vectors: (len(items), dim) float32, or None.
            images: Vectors of the images among the items, or None.
        """
        lines = [_dump_item(item, found) for item, found in zip(items, links, strict=True)]
        place = self.path / f"items-{self._batches:06d}.jsonl"
        place.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8", errors="surrogatepass")
        if vectors is not None:
            np.save(place.with_suffix(".npy"), vectors, allow_pickle=False)
        if images is not None:
            np.save(place.with_suffix(IMAGE_NUMBERS), images.vectors, allow_pickle=False)
        self._batches += 1
        step("staged items")

    def commit(self, change: Change) -> None:
        """Make the change happen, as far as anyone who opens the knowledge base can tell."""
        content = {**asdict(change), "manifest": change.manifest.to_dict()}
        (self.path / CHANGE).write_text(
            json.dumps(content, ensure_ascii=False), encoding="utf-8", errors="surrogatepass"
        )
        self._check_space()
        for path in [*self.path.rglob("*"), self.path]:
            sync(path)
        step("before commit")
        self.path.rename(self._base / PENDING)
        sync(self._base)
        step("after commit")

    def _check_space(self) -> None:
        """Refuse a change that would be made and then could not be carried out."""
        texts = sum(path.stat().st_size for path in self.path.glob("items-*.jsonl"))
        vectors = sum(path.stat().st_size for path in self.path.glob("items-*.npy"))
        needed = SPARE_BYTES + SPACE_PER_TEXT * texts + vectors
        if shutil.disk_usage(self.path).free < needed:
            raise OSError(errno.ENOSPC, "No space left on device")

    def discard(self) -> None:
        """Remove what was written down, unless it was committed."""
        shutil.rmtree(self.path, ignore_errors=True)


def pending(folder: Path) -> Path:
    """Return where a change lies that has happened and is not yet carried out."""
    return folder / PENDING


def read_change(folder: Path) -> Change:
    """Return the pending change of a knowledge base.

    Raises:
        KnowledgeBaseError: If it cannot be read.
    """
    place = pending(folder) / CHANGE
    try:
        data: dict[str, Any] = json.loads(place.read_text(encoding="utf-8", errors="surrogatepass"))
        lists = {name: tuple(data[name]) for name in ("remove_sources", "remove_ids", "remove_files")}
        return Change(Manifest.from_dict(data["manifest"]), new_graph=data["new_graph"], **lists)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _damaged(place, error) from None


def read_batches(
    folder: Path,
) -> Iterator[tuple[list[Item], list[EntityLink], Floats | None, ImageVectors | None]]:
    """Yield the items of the pending change with all their links, as `Staging.write_batch` took them.

    Raises:
        KnowledgeBaseError: If they cannot be read.
    """
    for place in sorted(pending(folder).glob("items-*.jsonl")):
        try:
            lines = place.read_text(encoding="utf-8", errors="surrogatepass").split("\n")[:-1]
            read = [_load_item(line) for line in lines]
            numbers = place.with_suffix(".npy")
            vectors = load_array(numbers) if numbers.exists() else None
        except (OSError, ValueError, EOFError, KeyError, TypeError) as error:
            raise _damaged(place, error) from None
        items = [item for item, _ in read]
        yield items, [link for _, links in read for link in links], vectors, _read_images(place, items)


def _read_images(place: Path, items: Sequence[Item]) -> ImageVectors | None:
    """Return the vectors of the images among the items of a batch, None where it has none."""
    numbers = place.with_suffix(IMAGE_NUMBERS)
    if not numbers.exists():
        return None
    try:
        vectors = load_array(numbers)
    except (OSError, ValueError, EOFError) as error:
        raise _damaged(numbers, error) from None
    return ImageVectors(image_ids(items), vectors)


def drop(folder: Path) -> None:
    """Forget the pending change, which has been carried out."""
    done = folder / f"{DONE}{secrets.token_hex(4)}"
    pending(folder).rename(done)
    sync(folder)
    step("dropped")
    shutil.rmtree(done, ignore_errors=True)


def clean(folder: Path) -> None:
    """Remove what processes that died have left; the writer lock must be held."""
    for kind in (PREPARED, DONE):
        for left in folder.glob(f"{kind}*"):
            shutil.rmtree(left, ignore_errors=True)


def _dump_item(item: Item, links: Sequence[EntityLink]) -> str:
    kind = "passage" if isinstance(item.content, Passage) else "image"
    record = {
        "kind": kind,
        "content": asdict(item.content),
        "file": item.file,
        "digest": item.digest,
        "links": [[link.entity_id, link.start, link.end] for link in links],
    }
    return json.dumps(record, ensure_ascii=True)


def _load_item(line: str) -> tuple[Item, list[EntityLink]]:
    record = json.loads(line)
    kind = {"passage": Passage, "image": Image}[record["kind"]]
    content: Passage | Image = kind(**record["content"])
    item = Item(content, record["file"], digest=record["digest"])
    return item, [EntityLink(content.id, *link) for link in record["links"]]


def _damaged(place: Path, error: Exception) -> KnowledgeBaseError:
    return KnowledgeBaseError(
        f"{place} holds an unfinished change and is damaged ({error}); "
        f"build it again: kbqa build {place.parent.parent} … --replace"
    )
