"""The image encoder of a knowledge base, loaded when its first vector is needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import DependencyError, KnowledgeBaseError
from kbqa.storage.encoder import DEFAULT, load_encoder
from retrieval.errors import ModelError
from retrieval.types import Image, PartsEncoder

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from kbqa.storage.intake import Item
    from retrieval.types import Floats, ImageEncoder

__all__ = [
    "NO_ENCODER",
    "SMALL",
    "ImageVectors",
    "LazyImageEncoder",
    "encode_images",
    "image_ids",
    "load_image_encoder",
    "named",
]

SMALL, NO_ENCODER = "small", "none"
_SMALL = Path(__file__).parents[1] / "weights" / "image-encoder"
BATCH = 32


@dataclass(frozen=True, slots=True)
class ImageVectors:
    """Vectors of some images.

    Attributes:
        ids: Ids of the images.
        vectors: (len(ids), dim) float32, unit length.
    """

    ids: tuple[str, ...]
    vectors: Floats


class LazyImageEncoder:
    """Knows its name and size without loading anything."""

    def __init__(self, name: str, dim: int, load_from: str, folder: Path) -> None:
        """Describe the encoder.

        Args:
            name: Name with the hash of the weights, as the knowledge base was built with.
            dim: Components of a vector.
            load_from: What `load_image_encoder` takes; "" where the encoder was handed in when building.
            folder: The knowledge base, for errors.
        """
        self._name = name
        self._dim = dim
        self._load_from = load_from
        self._folder = folder
        self._loaded: ImageEncoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name with the hash of the weights."""
        return self._name

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._dim

    def encode_texts(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text; raises as `load`."""
        return self.load().encode_texts(texts)

    def encode_images(self, pictures: Sequence[Picture]) -> Floats:
        """Return one unit-length vector per picture; raises as `load`."""
        return self.load().encode_images(pictures)

    def text_parts(self, texts: Sequence[str]) -> list[Floats]:
        """Return one unit-length vector for each token of each text; raises as `load`."""
        return self._with_parts().text_parts(texts)

    def image_parts(self, pictures: Sequence[Picture]) -> list[Floats]:
        """Return one unit-length vector for each part of each picture; raises as `load`."""
        return self._with_parts().image_parts(pictures)

    def _with_parts(self) -> PartsEncoder:
        encoder = self.load()
        if not isinstance(encoder, PartsEncoder):
            raise KnowledgeBaseError(
                f"the image encoder {self._name} has no parts to compare; leave compare_parts at 0"
            )
        return encoder

    def load(self) -> ImageEncoder:
        """Return the encoder itself.

        Raises:
            DependencyError: If it cannot be loaded.
            KnowledgeBaseError: If its weights are no longer those that the knowledge base was built with.
        """
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> ImageEncoder:
        wanted, place = self._name, self._load_from
        if not place:
            raise KnowledgeBaseError(
                f"{self._folder} was built with an image encoder that was handed in ({wanted}); hand it in again"
            )
        encoder = load_image_encoder(place)
        if encoder.name != wanted:
            raise KnowledgeBaseError(
                f"{self._folder} was built with the image encoder {wanted}, and {place} is now {encoder.name}; "
                f"build it again: kbqa build {self._folder} … --replace"
            )
        return encoder


def load_image_encoder(name: str) -> ImageEncoder:
    """Return the image encoder of a name.

    Args:
        name: "small" for the one that is shipped, or what `retrieval.load_image_encoder` takes.

    Raises:
        DependencyError: If it is missing, damaged, or of a kind that cannot be read.
    """
    from retrieval.image_encoder import load_image_encoder as load
    from retrieval.text_encoder import TransformerEncoder

    text_encoder = load_encoder(DEFAULT)
    assert isinstance(text_encoder, TransformerEncoder)
    try:
        return load(str(_SMALL) if name == SMALL else name, text_encoder=text_encoder)
    except ModelError as error:
        raise DependencyError(str(error)) from None


def named(name: str, folder: Path) -> ImageEncoder | None:
    """Return the image encoder that a knowledge base is to be built with, None for "none".

    The shipped one is loaded at its first picture only, so that a base without pictures does not wait for it.

    Args:
        name: "small", "none", or what `retrieval.load_image_encoder` takes.
        folder: The knowledge base, for errors.

    Raises:
        DependencyError: If it is missing, damaged, or of a kind that cannot be read.
    """
    from retrieval.model_files import sha256
    from retrieval.small_image_encoder import WEIGHTS, read_settings

    if name == NO_ENCODER:
        return None
    if name != SMALL:
        return load_image_encoder(name)
    try:
        digest, dim = sha256([_SMALL / WEIGHTS])[:12], read_settings(_SMALL).dim
    except (ModelError, OSError) as error:
        raise DependencyError(f"the shipped image encoder is damaged: {error}; install kbqa again") from None
    return LazyImageEncoder(f"{_SMALL.name}@{digest}", dim, SMALL, folder)


def encode_images(items: Sequence[Item], encoder: ImageEncoder | None, *, root: Path) -> ImageVectors | None:
    """Return the vectors of the images among some items.

    Args:
        items: Passages and images, whose paths are seen from `root`.
        encoder: None gives None.
        root: The folder that holds the images' folder.

    Raises:
        ImageError: If an image cannot be read.
    """
    from retrieval.images import open_image

    images = [item.content for item in items if isinstance(item.content, Image)]
    if encoder is None or not images:
        return None
    import numpy as np

    vectors = []
    for start in range(0, len(images), BATCH):
        batch = images[start : start + BATCH]
        vectors.append(
            encoder.encode_images([open_image(root / image.path, name=image.source) for image in batch])
        )
    return ImageVectors(image_ids(items), np.concatenate(vectors))


def image_ids(items: Sequence[Item]) -> tuple[str, ...]:
    """Return the ids of the images among some items, in order."""
    return tuple(item.content.id for item in items if isinstance(item.content, Image))
