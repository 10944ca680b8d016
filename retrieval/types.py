"""Values of the retrieval side: passages, images and hits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, Self, runtime_checkable

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = [
    "EntityLink",
    "Floats",
    "Hit",
    "HitSource",
    "Image",
    "ImageEncoder",
    "PartsEncoder",
    "Passage",
    "TextEncoder",
    "VectorKind",
    "Vectors",
]

Floats = npt.NDArray[np.float32]
HitSource = Literal["bm25", "dense", "entity", "caption", "image", "fused"]
VectorKind = Literal["exact", "hnsw", "ivfpq"]
"""How vectors in a folder are searched: all of them, along a graph of neighbours, or by compressed copies in cells."""


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document.

    Attributes:
        id: Stable id, "p:" + hexadecimal digest of source, offsets and text.
        text: The passage; equals the source's text [start:end].
        source: The document it came from, as named when it was added.
        start: First character in the source's text.
        end: One past the last character.
        title: Title of the document, "" where it has none.
        language: "en", "zh" or "" where unknown.
        question: The question that the text answers, "" where it was not given with one.
    """

    id: str
    text: str
    source: str
    start: int
    end: int
    title: str = ""
    language: str = ""
    question: str = ""


@dataclass(frozen=True, slots=True)
class Image:
    """An image file.

    Attributes:
        id: Stable id, "i:" + hexadecimal digest of the source's name.
        source: The file's name as given when it was added.
        path: Where the bytes lie now (absolute).
        caption: Text about it, "" where there is none.
        width: Pixels.
        height: Pixels.
    """

    id: str
    source: str
    path: str
    caption: str = ""
    width: int = 0
    height: int = 0


@dataclass(frozen=True, slots=True)
class EntityLink:
    """Says that a passage or image is about, or mentions, an entity.

    Attributes:
        item_id: Id of the passage or image.
        entity_id: IRI of the entity.
        start: First character of the mention in the passage's text; 0 for images.
        end: One past its last character; 0 for images and for links to the whole passage.
    """

    item_id: str
    entity_id: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True)
class Hit:
    """A found passage or image.

    Attributes:
        item: What was found.
        score: Higher is better; comparable inside one `source` only.
        rank: From 1.
        source: Which search found it.
    """

    item: Passage | Image
    score: float
    rank: int
    source: HitSource


class TextEncoder(Protocol):
    """Turns texts into vectors whose inner product is their cosine."""

    @property
    def name(self) -> str:
        """Name with a hash of the weights, so that vectors of different encoders are never mixed."""
        ...

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        ...

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32."""
        ...


class ImageEncoder(Protocol):
    """Turns pictures and texts into vectors of one space, whose inner products are cosines."""

    @property
    def name(self) -> str:
        """Name with a hash of the weights, so that vectors of different encoders are never mixed."""
        ...

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        ...

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32."""
        ...

    def encode_images(self, pictures: Sequence[Picture]) -> Floats:
        """Return one unit-length vector per RGB picture, in order: (len(pictures), dim) float32."""
        ...


@runtime_checkable
class PartsEncoder(ImageEncoder, Protocol):
    """Also gives a vector for each part of a picture and each token of a text, for late interaction."""

    def text_parts(self, texts: Sequence[str]) -> list[Floats]:
        """Return for each text one unit-length vector per token, those that only frame it left out."""
        ...

    def image_parts(self, pictures: Sequence[Picture]) -> list[Floats]:
        """Return for each picture one unit-length vector per part."""
        ...


class Vectors(Protocol):
    """Unit-length vectors of one encoder by item id, in a folder or on a server.

    Changes are durable after `commit`. There is one writer at a time, which the caller ensures.
    """

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        ...

    @property
    def encoder(self) -> str:
        """Name of the encoder that made the vectors."""
        ...

    @property
    def described(self) -> str:
        """How they are searched, or where they are, in words."""
        ...

    def __len__(self) -> int:
        """Return the number of vectors."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(self, *_: object) -> None: ...

    def ids(self) -> list[str]:
        """Return the ids of the vectors."""
        ...

    def add(self, ids: Sequence[str], vectors: Floats) -> None:
        """Store vectors; an id that is there already gets the new vector.

        Args:
            ids: One id per vector, without line breaks.
            vectors: (len(ids), dim) float32, unit length.
        """
        ...

    def remove(self, ids: Sequence[str]) -> None:
        """Remove vectors by id; unknown ids are ignored."""
        ...

    def commit(self) -> None:
        """Make all changes since the last commit durable and visible."""
        ...

    def can_compact(self) -> bool:
        """Return whether `compact` has anything to do."""
        ...

    def compact(self) -> None:
        """Free what removed vectors take up, and index anew what was indexed in pieces."""
        ...

    def search(
        self, queries: Floats, *, k: int, among: Sequence[str] | None = None, prefix: str = ""
    ) -> list[list[tuple[str, float]]]:
        """Return the nearest vectors of each query.

        Args:
            queries: (n, dim) float32, unit length.
            k: How many at most; at least 1.
            among: If given, only these ids are considered.
            prefix: If given, only ids that begin with it, e.g. "p:".

        Returns:
            For each query (id, cosine) pairs, best first, equal cosines by id.
        """
        ...
