"""The parts that hold passages and images, open for writing together."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.storage.intake import Item, index_text
from kbqa.storage.parts import CORPUS, IMAGE_VECTORS, IMAGES, LEXICAL, VECTORS, FolderCorpus, open_corpus
from retrieval.lexical import LexicalIndex
from retrieval.types import EntityLink, Image, Passage
from retrieval.vectors import VectorIndex

if TYPE_CHECKING:
    from kbqa.storage.image_encoder import ImageVectors
    from kbqa.storage.manifest import Manifest
    from retrieval.types import Floats, ImageEncoder, TextEncoder

__all__ = ["Writers", "copy_image", "create_writers", "open_writers"]


@dataclass(frozen=True, slots=True)
class Writers:
    """Corpus, word index and vectors of one folder."""

    corpus: FolderCorpus
    lexical: LexicalIndex
    vectors: VectorIndex
    image_vectors: VectorIndex | None = None

    def store(self, items: Sequence[Item], links: Iterable[EntityLink]) -> None:
        """Store items with their links in the corpus; what is there already is replaced."""
        kinds = {item.file: "passages" if isinstance(item.content, Passage) else "images" for item in items}
        kinds.pop("", None)  # items that were there before: their source is known
        self.corpus.add(
            [item.content for item in items if isinstance(item.content, Passage)],
            [item.content for item in items if isinstance(item.content, Image)],
            links,
            sources=kinds,
        )

    def index(self, items: Sequence[Item], vectors: Floats, images: ImageVectors | None = None) -> None:
        """Index the words and vectors of items; visible after `commit`.

        Args:
            items: Passages and images.
            vectors: (len(items), dim) float32, unit length.
            images: Vectors of the images among them, None where images have none.
        """
        ids = [item.content.id for item in items]
        self.lexical.add((item.content.id, index_text(item.content)) for item in items)
        self.vectors.add(ids, vectors)
        if self.image_vectors is not None and images is not None:
            self.image_vectors.add(images.ids, images.vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove items from the indexes; the corpus removes them by their source."""
        self.lexical.remove(ids)
        self.vectors.remove(ids)
        if self.image_vectors is not None:
            self.image_vectors.remove(ids)

    def commit(self) -> None:
        """Make the changes of the indexes durable and visible."""
        self.lexical.commit()
        self.vectors.commit()
        if self.image_vectors is not None:
            self.image_vectors.commit()


@contextmanager
def create_writers(
    folder: Path, *, encoder: TextEncoder, image_encoder: ImageEncoder | None = None
) -> Iterator[Writers]:
    """Make the empty parts of a new knowledge base; images have vectors of their own with an image encoder only."""
    image_vectors = None
    if image_encoder is not None:
        image_vectors = VectorIndex.create(
            folder / IMAGE_VECTORS, dim=image_encoder.dim, encoder=image_encoder.name
        )
    with (
        FolderCorpus.create(folder / CORPUS) as corpus,
        LexicalIndex.create(folder / LEXICAL) as lexical,
        VectorIndex.create(folder / VECTORS, dim=encoder.dim, encoder=encoder.name) as vectors,
    ):
        assert isinstance(corpus, FolderCorpus)
        yield Writers(corpus, lexical, vectors, image_vectors)


@contextmanager
def open_writers(folder: Path, manifest: Manifest) -> Iterator[Writers]:
    """Open the parts of a knowledge base for writing; the manifest names their encoders."""
    image_vectors = None
    if manifest.image_encoder:
        place = folder / IMAGE_VECTORS
        image_vectors = VectorIndex.open(place, encoder=manifest.image_encoder, read_only=False)
    with (
        open_corpus(folder, read_only=False) as corpus,
        LexicalIndex.open(folder / LEXICAL, read_only=False) as lexical,
        VectorIndex.open(folder / VECTORS, encoder=manifest.encoder, read_only=False) as vectors,
    ):
        yield Writers(corpus, lexical, vectors, image_vectors)


def copy_image(item: Item, folder: Path) -> Item:
    """Copy the file of an image into a folder and return the item with its path in the knowledge base.

    The name is made of the id and the content, so that a changed picture gets another name.
    """
    image = item.content
    if not isinstance(image, Image):
        return item
    source = Path(image.path)
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    name = f"{image.id.removeprefix('i:')}-{digest[:16]}{source.suffix.lower()}"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(source, folder / name)
    return replace(item, content=replace(image, path=f"{IMAGES}/{name}"))
