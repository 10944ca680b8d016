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
from kbqa.storage.parts import CORPUS, IMAGES, LEXICAL, VECTORS, FolderCorpus, open_corpus
from retrieval.engine import VectorPlace, create_vectors, dropping, open_vectors
from retrieval.lexical import LexicalIndex
from retrieval.types import EntityLink, Image, Passage, Vectors

if TYPE_CHECKING:
    from retrieval.types import Floats

__all__ = ["Writers", "copy_image", "create_writers", "open_writers"]


@dataclass(frozen=True, slots=True)
class Writers:
    """Corpus, word index and vectors of one folder."""

    corpus: FolderCorpus
    lexical: LexicalIndex
    vectors: Vectors

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

    def index(self, items: Sequence[Item], vectors: Floats) -> None:
        """Index the words and vectors of items; visible after `commit`.

        Args:
            items: Passages and images.
            vectors: (len(items), dim) float32, unit length.
        """
        ids = [item.content.id for item in items]
        self.lexical.add((item.content.id, index_text(item.content)) for item in items)
        self.vectors.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove items from the indexes; the corpus removes them by their source."""
        self.lexical.remove(ids)
        self.vectors.remove(ids)

    def commit(self) -> None:
        """Make the changes of the indexes durable and visible."""
        self.lexical.commit()
        self.vectors.commit()


@contextmanager
def create_writers(folder: Path, *, dim: int, encoder: str, place: VectorPlace) -> Iterator[Writers]:
    """Make the empty parts of a new knowledge base; what is in a vector database goes if it fails."""
    with ExitStack() as stack:
        corpus = stack.enter_context(FolderCorpus.create(folder / CORPUS))
        assert isinstance(corpus, FolderCorpus)
        lexical = stack.enter_context(LexicalIndex.create(folder / LEXICAL))
        place_of_vectors = folder / VECTORS
        vectors = create_vectors(place_of_vectors, dim=dim, encoder=encoder, place=place)
        failed = stack.enter_context(ExitStack())
        failed.callback(dropping(place_of_vectors))
        yield Writers(corpus, lexical, stack.enter_context(vectors))
        failed.pop_all()


@contextmanager
def open_writers(folder: Path, *, encoder: str) -> Iterator[Writers]:
    """Open the parts of a knowledge base for writing."""
    with (
        open_corpus(folder, read_only=False) as corpus,
        LexicalIndex.open(folder / LEXICAL, read_only=False) as lexical,
        open_vectors(folder / VECTORS, encoder=encoder, read_only=False) as vectors,
    ):
        yield Writers(corpus, lexical, vectors)


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
