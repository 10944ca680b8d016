"""The learnt matcher of one graph, loaded when the first question needs it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path as FilePath
from threading import Lock
from typing import TYPE_CHECKING

from kbqa.semantics.paths import Path, PathFinder
from kbqa.types import ParsedQuestion
from kg.names import Names
from kg.types import Iri, Link
from retrieval.types import Floats, TextEncoder

if TYPE_CHECKING:
    from kbqa.semantics.shape import Shapes

__all__ = ["LearntMatcher"]


class LearntMatcher:
    """Finds chains of relations; without weights that fit the encoder it finds none."""

    def __init__(
        self,
        folder: FilePath | None,
        encoder: TextEncoder | None,
        shapes: Shapes,
        names: Names,
        *,
        vectors: Mapping[str, Floats] | None = None,
    ) -> None:
        """Prepare for one graph.

        Args:
            folder: With the weights; None for none.
            encoder: The text encoder that they change.
            shapes: What the graph's schema allows.
            names: Names of its relations.
            vectors: Vectors of those names that are known already.
        """
        self._folder = folder
        self._encoder = encoder
        self._shapes = shapes
        self._names = names
        self._vectors = vectors
        self._finder: PathFinder | None = None
        self._lock = Lock()
        self._weight = 1.0

    @property
    def weight(self) -> float:
        """How much what it finds counts, relative to the weights that are shipped."""
        return self._weight

    def find(self, parsed: ParsedQuestion, links: Sequence[Link], *, k: int) -> list[Path]:
        """Return at most `k` chains, the likeliest first; none without weights or linked entities.

        Raises:
            ModelError: If the weights cannot be read.
        """
        finder = self._ready() if links else None
        return finder.find(parsed, links, k=k) if finder else []

    def relations(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Iri]:
        """Return the relations of the graph, those that the question may ask for first; none without weights.

        Raises:
            ModelError: If the weights cannot be read.
        """
        finder = self._ready()
        return finder.relations(parsed, links) if finder else []

    def _ready(self) -> PathFinder | None:
        """Return what finds chains, loaded by the first call."""
        if self._folder is None or self._encoder is None or not self._shapes.profiles:
            return None
        with self._lock:
            if self._finder is None:
                self._finder = self._load(self._folder, self._encoder)
        return self._finder

    def _load(self, folder: FilePath, encoder: TextEncoder) -> PathFinder | None:
        from kbqa.semantics.path_model import check_fit, load_parameters
        from kbqa.semantics.path_scorer import PathScorer
        from kbqa.storage.encoder import bert_encoder

        base = bert_encoder(encoder)
        parameters, settings = load_parameters(folder)
        if base is None or settings.encoder != encoder.name:
            self._folder = None
            return None
        check_fit(folder, parameters, base.bert)
        self._weight = settings.weight
        scorer = PathScorer(
            base,
            parameters,
            self._shapes.profiles,
            self._names,
            vectors=self._vectors,
            longer=settings.longer,
        )
        return PathFinder(self._shapes, scorer)
