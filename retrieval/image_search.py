"""Images found by what they look like: for a text, for another picture, and what is known to be on a picture."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from retrieval.corpus import Corpus
from retrieval.errors import ImageError
from retrieval.images import find_similar, open_image, signature
from retrieval.types import Floats, Hit, Image, ImageEncoder, PartsEncoder
from retrieval.vectors import VectorIndex

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

__all__ = ["ImageSearch", "Sighting"]

NEAR = 20  # images whose pixels are compared with a picture's, where there are vectors to choose them by
PASSAGES = 10
SAME = 0.99  # cosine of thumbnails: copies of flags, resized or saved as JPEG, have 0.991 to 1; others up to 0.993


@dataclass(frozen=True, slots=True)
class Sighting:
    """The image of the corpus that a picture is, or is most like.

    Attributes:
        image: That image.
        same: Whether it is the same picture, perhaps resized or saved anew.
        cosine: Of both pictures' vectors, or of their thumbnails where images have no vectors.
        margin: How much nearer it is than the nearest image of anything else; 0 where that cannot be said.
        entities: IRIs of what is on it, in a fixed order; empty where nobody said so.
    """

    image: Image
    same: bool
    cosine: float
    margin: float
    entities: tuple[str, ...]


class ImageSearch:
    """Searches the images of one corpus by their vectors.

    Without vectors only `look` finds anything: the same picture again.
    """

    def __init__(
        self,
        corpus: Corpus,
        vectors: VectorIndex | None = None,
        encoder: ImageEncoder | None = None,
        *,
        compare_parts: int = 0,
    ) -> None:
        """Put the parts together.

        Args:
            corpus: The images and their entities.
            vectors: Vectors of the images by id.
            encoder: What made them; needed where `vectors` is given.
            compare_parts: Of so many best hits the parts are compared too, and rank them anew (late interaction);
                0 leaves the ranks as they are. The encoder must then be a `PartsEncoder`.

        Raises:
            ValueError: If the encoder is missing, is another than the vectors', or has no parts to compare.
        """
        if vectors is not None and (encoder is None or encoder.name != vectors.encoder):
            given = "none" if encoder is None else encoder.name
            raise ValueError(f"the image vectors need the encoder {vectors.encoder}, got {given}")
        self._parts = encoder if compare_parts and isinstance(encoder, PartsEncoder) else None
        if compare_parts and self._parts is None:
            given = "none" if encoder is None else encoder.name
            raise ValueError(f"the image encoder {given} has no parts to compare; compare_parts must be 0")
        self._corpus = corpus
        self._vectors = vectors
        self._encoder = encoder
        self._compare_parts = compare_parts

    def comparing_parts(self, count: int) -> ImageSearch:
        """Return the same search with another `compare_parts`; without vectors there is nothing to compare."""
        if self._vectors is None:
            return self
        return ImageSearch(self._corpus, self._vectors, self._encoder, compare_parts=count)

    def by_text(self, text: str, *, k: int = 10) -> list[Hit]:
        """Return the images that look most like what a text says; scores are cosines, or of late interaction.

        >>> from retrieval.corpus import Corpus
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder, Corpus.create(f"{folder}/corpus.sqlite") as corpus:
        ...     ImageSearch(corpus).by_text("a red flag")
        []
        """
        if self._encoder is None or not text.strip():
            return []
        hits = self._nearest(self._encoder.encode_texts([text]), k=max(k, self._compare_parts))
        if self._parts is not None:
            hits = self._again(self._parts.text_parts([text])[0], hits, self._parts)
        return hits[:k]

    def by_image(self, picture: Picture, *, k: int = 10) -> list[Hit]:
        """Return the images that look most like an RGB picture; scores are cosines, or of late interaction."""
        if self._encoder is None:
            return []
        hits = self._nearest(self._encoder.encode_images([picture]), k=max(k, self._compare_parts))
        if self._parts is not None:
            hits = self._again(self._parts.image_parts([picture])[0], hits, self._parts)
        return hits[:k]

    def look(self, path: Path) -> Sighting | None:
        """Return what a picture is, or is most like; None if the corpus has nothing to compare it with.

        Images of the corpus whose files are gone or damaged are passed over.

        Raises:
            ImageError: If the picture cannot be read.
        """
        picture = open_image(path)
        hits = self.by_image(picture, k=NEAR)
        images = [hit.item for hit in hits if isinstance(hit.item, Image)]
        known = self._signatures(images if self._vectors is not None else list(self._corpus.images()))
        entities = self._entities([*images, *known])
        for image_id, cosine in find_similar(path, known, at_least=SAME):
            (image,) = (item for item in self._corpus.get([image_id]) if isinstance(item, Image))
            return Sighting(image, True, cosine, 0.0, entities.get(image_id, ()))
        if not images:
            return None
        best = hits[0].score
        others = [hit.score for hit in hits if entities.get(hit.item.id) != entities.get(images[0].id)]
        margin = best - others[0] if others else 0.0
        return Sighting(images[0], False, best, margin, entities.get(images[0].id, ()))

    def entities(self, picture: Picture, *, k: int = 5) -> list[tuple[str, float]]:
        """Return what is on the images most like a picture: (IRI, cosine) pairs, best first, each once."""
        hits = self.by_image(picture, k=NEAR)
        linked = self._entities([hit.item.id for hit in hits])
        found: dict[str, float] = {}
        for hit in hits:
            for entity_id in linked.get(hit.item.id, ()):
                found.setdefault(entity_id, hit.score)
        return list(found.items())[:k]

    def passages(self, picture: Picture, *, k: int = PASSAGES) -> list[Hit]:
        """Return passages about what is on the image most like a picture, those with most mentions first."""
        best = self.entities(picture, k=1)
        linked = self._corpus.items_of([entity_id for entity_id, _ in best], limit=k, prefix="p:")
        mentions = {item_id: count for item_id, _, count in linked}
        items = self._corpus.get(list(mentions))
        return [
            Hit(item, float(mentions[item.id]), rank, "entity") for rank, item in enumerate(items, start=1)
        ]

    def _nearest(self, query: Floats, *, k: int) -> list[Hit]:
        if self._vectors is None:
            return []
        scores = dict(self._vectors.search(query, k=k)[0])
        items = self._corpus.get(list(scores))
        return [Hit(item, scores[item.id], rank, "image") for rank, item in enumerate(items, start=1)]

    def _again(self, query: Floats, hits: Sequence[Hit], encoder: PartsEncoder) -> list[Hit]:
        """Rank hits anew by how well their parts fit those of a query; images that cannot be read come last."""
        scored = sorted(
            ((self._fit(query, hit, encoder), hit) for hit in hits), key=lambda pair: (-pair[0], pair[1].rank)
        )
        return [replace(hit, score=score, rank=rank) for rank, (score, hit) in enumerate(scored, start=1)]

    def _fit(self, query: Floats, hit: Hit, encoder: PartsEncoder) -> float:
        """Return the mean of both late interaction scores of a query and an image, in [-1, 1]."""
        import torch

        from retrieval.late import token_scores

        assert isinstance(hit.item, Image)
        try:
            parts = encoder.image_parts([open_image(Path(hit.item.path))])[0]
        except ImageError:
            return -1.0
        asked, seen = torch.from_numpy(query)[None], torch.from_numpy(parts)[None]
        scores = token_scores(seen, asked, torch.ones(asked.shape[:2], dtype=torch.bool))
        return float(np.mean([score.item() for score in scores]))

    def _signatures(self, images: Sequence[Image]) -> dict[str, Floats]:
        """Return what the same picture is known again by, for the images that can be read."""
        found = {}
        for image in images:
            with suppress(ImageError):
                found[image.id] = signature(Path(image.path))
        return found

    def _entities(self, items: Sequence[Image | str]) -> dict[str, tuple[str, ...]]:
        """Return what is on images, by their id."""
        ids = [item if isinstance(item, str) else item.id for item in items]
        found = self._corpus.entities_of(ids)
        return {item_id: tuple(link.entity_id for link in links) for item_id, links in found.items()}
