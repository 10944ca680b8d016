"""The text encoder of a knowledge base, loaded when its first vector is needed."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kbqa.errors import DependencyError, KnowledgeBaseError
from retrieval.errors import ModelError

if TYPE_CHECKING:
    from kbqa.types import Language
    from retrieval.text_encoder import TransformerEncoder
    from retrieval.types import Floats, TextEncoder

__all__ = [
    "BILINGUAL_FOLDER",
    "DEFAULT",
    "LazyEncoder",
    "QuickEncoder",
    "bert_encoder",
    "languages_of",
    "load_encoder",
]

DEFAULT = "bilingual"
REMEMBERED = 4096  # texts whose vectors are kept
BILINGUAL_FOLDER = Path(__file__).parents[1] / "weights" / "text-encoder"
_ENGLISH_ONLY = "minilm@"


class LazyEncoder:
    """Knows its name and size without loading anything; remembers the vectors of the last texts."""

    def __init__(self, name: str, dim: int, load_from: str, folder: Path) -> None:
        """Describe the encoder.

        Args:
            name: Name with the hash of the weights, as the knowledge base was built with.
            dim: Components of a vector.
            load_from: What `load_encoder` takes; "" where the encoder was handed in when building.
            folder: The knowledge base, for errors.
        """
        self._name = name
        self._dim = dim
        self._load_from = load_from
        self._folder = folder
        self._loaded: TextEncoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name with the hash of the weights."""
        return self._name

    @property
    def dim(self) -> int:
        """Number of components of a vector."""
        return self._dim

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32.

        Raises:
            DependencyError: If the encoder cannot be loaded.
            KnowledgeBaseError: If its weights are no longer those that the knowledge base was built with.
        """
        return self.load().encode(texts)

    def load(self) -> TextEncoder:
        """Return the encoder itself; raises as `encode`."""
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded

    def _load(self) -> TextEncoder:
        from retrieval.text_encoder import CachedEncoder

        if not self._load_from:
            raise KnowledgeBaseError(
                f"{self._folder} was built with an encoder that was handed in ({self._name}); hand it in again"
            )
        encoder = load_encoder(self._load_from)
        if encoder.name != self._name:
            raise KnowledgeBaseError(
                f"{self._folder} was built with the encoder {self._name}, and {self._load_from} is now "
                f"{encoder.name}; build it again: kbqa build {self._folder} … --replace"
            )
        return CachedEncoder(encoder, size=REMEMBERED)


class QuickEncoder:
    """Gives nearly the vectors of another encoder in about half the time, where the processor can; remembers the last.

    For texts that are compared and forgotten.
    """

    def __init__(self, encoder: TextEncoder) -> None:
        """Prepare; nothing is loaded before the first text."""
        self._encoder = encoder
        self._quick: TextEncoder | None = None
        self._lock = threading.Lock()

    @property
    def name(self) -> str:
        """Name of the other encoder."""
        return self._encoder.name

    @property
    def dim(self) -> int:
        """Components of a vector."""
        return self._encoder.dim

    def encode(self, texts: Sequence[str]) -> Floats:
        """Return one unit-length vector per text, in order: (len(texts), dim) float32; raises as the other does."""
        with self._lock:
            if self._quick is None:
                self._quick = self._load()
        return self._quick.encode(texts)

    def _load(self) -> TextEncoder:
        from retrieval.text_encoder import CachedEncoder

        layers = bert_encoder(self._encoder)
        quick = layers.quick() if layers is not None else None
        return self._encoder if quick is None or quick is layers else CachedEncoder(quick, size=REMEMBERED)


def load_encoder(name: str) -> TextEncoder:
    """Return the encoder of a name.

    Args:
        name: "bilingual" for the one that is shipped, or what `retrieval.load_text_encoder` takes.

    Raises:
        DependencyError: If it is missing, damaged, or of a kind that cannot be read.
    """
    from retrieval.text_encoder import load_text_encoder

    try:
        return load_text_encoder(str(BILINGUAL_FOLDER) if name == DEFAULT else name)
    except ModelError as error:
        raise DependencyError(str(error)) from None


def languages_of(encoder: TextEncoder) -> frozenset[Language]:
    """Return the languages of questions that an encoder's vectors mean something for."""
    return frozenset({"en"}) if encoder.name.startswith(_ENGLISH_ONLY) else frozenset({"en", "zh"})


def bert_encoder(encoder: TextEncoder) -> TransformerEncoder | None:
    """Return the encoder with layers that a text encoder is made of, None where it has none of its own."""
    from retrieval.text_encoder import CachedEncoder, TransformerEncoder

    if isinstance(encoder, LazyEncoder):
        encoder = encoder.load()
    if isinstance(encoder, CachedEncoder):
        encoder = encoder.wrapped
    return encoder if isinstance(encoder, TransformerEncoder) and encoder.is_bert else None
