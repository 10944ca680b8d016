"""The parts that hold passages and images, open for writing together."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.storage.intake import Item, index_text
from kbqa.storage.parts import CORPUS, IMAGE_VECTORS, IMAGES, LEXICAL, VECTORS, FolderCorpus, open_corpus
from retrieval.engine import VectorPlace, create_vectors, dropping, open_vectors
from retrieval.lexical import LexicalIndex
from retrieval.types import EntityLink, Image, Passage, Vectors
from retrieval.vectors import VectorIndex

if TYPE_CHECKING:
    from kbqa.storage.image_encoder import ImageVectors
    from kbqa.storage.manifest import Manifest
    from retrieval.types import Floats, ImageEncoder, TextEncoder

__all__ = ["Writers", "copy_image", "create_writers", "is_as_copied", "open_writers"]


@dataclass(frozen=True, slots=True)
class Writers:
    """Corpus, word index and vectors of one folder."""

    corpus: FolderCorpus
    lexical: LexicalIndex
    vectors: Vectors
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
            digests={item.file: item.digest for item in items},
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
    folder: Path, *, encoder: TextEncoder, image_encoder: ImageEncoder | None = None, place: VectorPlace
) -> Iterator[Writers]:
    """Make the empty parts of a new knowledge base; what is in a vector database goes if it fails.

    Images have vectors of their own with an image encoder only; these are always in the folder.
    """
    with ExitStack() as stack:
        corpus = stack.enter_context(FolderCorpus.create(folder / CORPUS))
        assert isinstance(corpus, FolderCorpus)
        lexical = stack.enter_context(LexicalIndex.create(folder / LEXICAL))
        image_vectors = None if image_encoder is None else _create_image_vectors(folder, image_encoder, place)
        vectors = create_vectors(folder / VECTORS, dim=encoder.dim, encoder=encoder.name, place=place)
        failed = stack.enter_context(ExitStack())
        failed.callback(dropping(folder / VECTORS))
        yield Writers(corpus, lexical, stack.enter_context(vectors), image_vectors)
        failed.pop_all()


def _create_image_vectors(folder: Path, encoder: ImageEncoder, place: VectorPlace) -> VectorIndex:
    return VectorIndex.create(folder / IMAGE_VECTORS, dim=encoder.dim, encoder=encoder.name, kind=place.kind)


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
        open_vectors(folder / VECTORS, encoder=manifest.encoder, read_only=False) as vectors,
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
    name = f"{image.id.removeprefix('i:')}-{_digest(source)}{source.suffix.lower()}"
    folder.mkdir(exist_ok=True)
    shutil.copyfile(source, folder / name)
    return replace(item, content=replace(image, path=f"{IMAGES}/{name}"))


def is_as_copied(path: Path) -> bool:
    """Return whether the file of an image is there and has the content that `copy_image` named it by."""
    return path.is_file() and _digest(path) == path.stem.rpartition("-")[2]


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]
