"""The parts of a knowledge base folder, opened together."""

from __future__ import annotations

import json
import os
import tempfile
import threading
import zipfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from kbqa.errors import KnowledgeBaseError
from kbqa.storage.arrays import load_arrays
from kbqa.storage.encoder import LazyEncoder
from kbqa.storage.image_encoder import LazyImageEncoder
from kbqa.storage.locks import locked
from kbqa.storage.manifest import Manifest
from kg.names import Names
from kg.schema import Schema
from kg.store import Store
from kg.types import Graph
from retrieval.corpus import Corpus
from retrieval.corpus_tables import IDS_OF_FILE, IDS_OF_LINE
from retrieval.engine import open_vectors
from retrieval.image_search import ImageSearch
from retrieval.lexical import LexicalIndex
from retrieval.search import Search
from retrieval.types import Floats, Image, Passage, Vectors
from retrieval.vectors import VectorIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kbqa.pipeline import Sources
    from retrieval.types import ImageEncoder, TextEncoder

__all__ = [
    "CORPUS",
    "GRAPH",
    "IMAGES",
    "IMAGE_VECTORS",
    "IN_USE",
    "LEXICAL",
    "MATCHER",
    "NAMES",
    "RELATIONS",
    "RERANKER",
    "SCHEMA",
    "STORE",
    "VECTORS",
    "FolderCorpus",
    "OpenGraph",
    "Parts",
    "dump_relations",
    "graph_folder",
    "matcher_folder",
    "open_corpus",
    "open_parts",
    "read_relations",
    "read_schema",
]

GRAPH = "graph"  # holds a folder for each version, and these in it:
STORE, NAMES, SCHEMA, RELATIONS, IN_USE = (
    "store",
    "names.sqlite",
    "schema.json",
    "relations.npz",
    "in-use.lock",
)
MATCHER = "matcher"
RERANKER = "reranker"
COMPLETION = "completion"
SHIPPED_MATCHER = Path(__file__).parents[1] / "weights" / "matcher"
CORPUS, LEXICAL, VECTORS, IMAGES = "corpus.sqlite", "lexical", "vectors", "images"
IMAGE_VECTORS = "image-vectors"


class FolderCorpus(Corpus):
    """A corpus whose images lie beside it: it keeps their paths relative, so that the folder can be moved."""

    def get(self, ids: Sequence[str]) -> list[Passage | Image]:
        """Return the items with these ids, in the given order; unknown ids are left out."""
        return [self._placed(item) if isinstance(item, Image) else item for item in super().get(ids)]

    def images(self) -> Iterator[Image]:
        """Yield every image, in the order of adding."""
        return map(self._placed, super().images())

    def items(self) -> Iterator[Passage | Image]:
        """Yield every passage and image with the paths of images as they are stored."""
        yield from super().passages()
        yield from super().images()

    def stored(self, ids: Sequence[str]) -> list[Passage | Image]:
        """Return the items with these ids, in order, with the paths of images as they are stored."""
        return super().get(ids)

    def ids_of(self, source: str) -> tuple[str, ...]:
        """Return the ids of the items of a file, or of one line "x.jsonl#id" of it; empty if unknown."""
        found = self._rows(IDS_OF_FILE, source)
        for end in (place for place, char in enumerate(source) if char == "#"):
            found = found or self._rows(IDS_OF_LINE, source[:end], source)
        return tuple(row[0] for row in found)

    def _placed(self, image: Image) -> Image:
        return replace(image, path=str(self._path.absolute().parent / image.path))


class OpenGraph:
    """One version of the graph and what is computed from it, open until the last state that shows it is closed."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        """Open the version that counts.

        Raises:
            GraphError, KnowledgeBaseError: If it is missing or damaged.
        """
        self._place = graph_folder(folder, manifest.graph_version)
        self._lock = threading.Lock()
        self._users = 1
        with ExitStack() as stack:
            stack.enter_context(locked(self._place, IN_USE, shared=True))
            self._file = (self._place / IN_USE).stat()
            self.graph: Graph
            if manifest.endpoint:
                from kg.endpoint import Endpoint

                self.graph = Endpoint(manifest.endpoint)
            else:
                self.graph = stack.enter_context(Store.open(self._place / STORE))
            self.names = stack.enter_context(Names.open(self._place / NAMES))
            self.schema = read_schema(self._place / SCHEMA)
            self.relations = read_relations(self._place / RELATIONS)
            self._opened = stack.pop_all()

    def is_of(self, folder: Path, manifest: Manifest) -> bool:
        """Return whether this is the version that counts, also after another base took the folder's place."""
        place = graph_folder(folder, manifest.graph_version)
        try:
            return place == self._place and os.path.samestat((place / IN_USE).stat(), self._file)
        except OSError:
            return False

    def share(self) -> bool:
        """Take one more user on, and return whether it was still open for that."""
        with self._lock:
            self._users += self._users > 0
            return self._users > 0

    def close(self) -> None:
        """Let go of it for one user; the last one closes it."""
        with self._lock:
            self._users -= 1
            last = self._users == 0
        if last:
            self._opened.close()


@dataclass(frozen=True, slots=True)
class Parts:
    """One state of a knowledge base, open for reading."""

    manifest: Manifest
    version: OpenGraph
    corpus: FolderCorpus
    lexical: LexicalIndex
    vectors: Vectors
    encoder: TextEncoder
    matcher: Path | None
    reranker: Path | None
    completion: Path | None
    image_vectors: VectorIndex | None
    image_encoder: ImageEncoder | None
    opened: ExitStack

    @property
    def graph(self) -> Graph:
        """The graph."""
        return self.version.graph

    @property
    def names(self) -> Names:
        """The names of its entities, classes and predicates."""
        return self.version.names

    @property
    def schema(self) -> Schema:
        """Its profile."""
        return self.version.schema

    @property
    def relations(self) -> Mapping[str, Floats]:
        """Vectors of the names of its predicates."""
        return self.version.relations

    def sources(self) -> Sources:
        """Return the parts as a pipeline takes them."""
        from kbqa.pipeline import Sources

        pictures = ImageSearch(self.corpus, self.image_vectors, self.image_encoder)
        search = Search(self.corpus, self.lexical, self.vectors, self.encoder, pictures)
        return Sources(
            self.graph,
            self.names,
            self.schema,
            self.corpus,
            search,
            self.encoder,
            self.relations,
            self.matcher,
            self.reranker,
            self.completion,
        )

    def close(self) -> None:
        """Close every part."""
        self.opened.close()


def open_parts(
    folder: Path,
    manifest: Manifest,
    encoder: TextEncoder | None = None,
    image_encoder: ImageEncoder | None = None,
    *,
    before: Parts | None = None,
) -> Parts:
    """Open every part for reading.

    Args:
        folder: The knowledge base.
        manifest: What it says about itself.
        encoder: What to use instead of the encoder that the manifest names; it must have the same name.
        image_encoder: The same for images.
        before: An open state whose graph is shared where it is still the same.

    Raises:
        GraphError, RetrievalError, KnowledgeBaseError: If a part is missing, damaged, or does not fit.
    """
    chosen = encoder or LazyEncoder(manifest.encoder, manifest.dim, manifest.encoder_from, folder)
    if chosen.name != manifest.encoder:
        raise KnowledgeBaseError(
            f"{folder} was built with the encoder {manifest.encoder}, not with {chosen.name}; "
            f"build it again: kbqa build {folder} … --replace"
        )
    image_vectors, pictured = _open_image_vectors(folder, manifest, image_encoder)
    shared = before is not None and before.version.is_of(folder, manifest) and before.version.share()
    version = before.version if before is not None and shared else OpenGraph(folder, manifest)
    with ExitStack() as stack:
        stack.callback(version.close)
        return Parts(
            manifest,
            version,
            stack.enter_context(open_corpus(folder)),
            stack.enter_context(LexicalIndex.open(_lockable(folder / LEXICAL, stack))),
            stack.enter_context(open_vectors(folder / VECTORS, encoder=manifest.encoder)),
            chosen,
            matcher_folder(folder),
            reranker if (reranker := folder / RERANKER).is_dir() else None,
            completion if (completion := folder / COMPLETION).is_dir() else None,
            image_vectors,
            pictured,
            stack.pop_all(),
        )


def _open_image_vectors(
    folder: Path, manifest: Manifest, encoder: ImageEncoder | None
) -> tuple[VectorIndex | None, ImageEncoder | None]:
    """Return the vectors of images with what made them; nothing where images have none."""
    if not manifest.image_encoder:
        return None, None
    made_by = manifest.image_encoder, manifest.image_dim, manifest.image_encoder_from
    chosen = encoder or LazyImageEncoder(*made_by, folder)
    return VectorIndex.open(folder / IMAGE_VECTORS, encoder=chosen.name), chosen


def _lockable(index: Path, stack: ExitStack) -> Path:
    """Return a folder with the files of a word index in which a lock file can be made, which tantivy demands.

    It is the folder itself, or where that cannot be written, a temporary one of links.
    """
    if os.access(index, os.W_OK):
        return index
    place = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="kbqa-")))
    for path in index.glob("*"):
        if not path.name.endswith(".lock"):
            (place / path.name).symlink_to(path.absolute())
    return place


def open_corpus(folder: Path, *, read_only: bool = True) -> FolderCorpus:
    """Return the corpus of a knowledge base; raises as `Corpus.open`."""
    corpus = FolderCorpus.open(folder / CORPUS, read_only=read_only)
    assert isinstance(corpus, FolderCorpus)
    return corpus


def matcher_folder(folder: Path) -> Path | None:
    """Return where the learnt matcher of a knowledge base is: its own, else the one that is shipped."""
    return next((place for place in (folder / MATCHER, SHIPPED_MATCHER) if place.is_dir()), None)


def graph_folder(folder: Path, version: int) -> Path:
    """Return where a version of the graph is."""
    return folder / GRAPH / str(version)


def read_schema(place: Path) -> Schema:
    """Return the schema in a file.

    Raises:
        KnowledgeBaseError: If it is missing or damaged.
    """
    try:
        return Schema.from_dict(json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _damaged(place, error) from None


def read_relations(place: Path) -> dict[str, Floats]:
    """Return the vectors of predicate names in a file, by name.

    Raises:
        KnowledgeBaseError: If it is missing or damaged.
    """
    try:
        arrays = load_arrays(place)
        return {str(name): vector for name, vector in zip(arrays["names"], arrays["vectors"], strict=True)}
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _damaged(place, error) from None


def dump_relations(vectors: Mapping[str, Floats], *, dim: int) -> bytes:
    """Return the content of the file that `read_relations` reads; the same for equal vectors."""
    names = sorted(vectors)
    matrix = np.stack([vectors[name] for name in names]) if names else np.empty((0, dim), np.float32)
    content = BytesIO()
    arrays: dict[str, Any] = {"names": np.array(names, dtype=str), "vectors": matrix}
    np.savez(content, **arrays)
    return content.getvalue()


def _damaged(place: Path, error: Exception) -> KnowledgeBaseError:
    return KnowledgeBaseError(
        f"{place} is missing or damaged ({type(error).__name__}: {error}); "
        f"build it again: kbqa build {place.parents[2]} … --replace"
    )
