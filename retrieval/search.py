"""Find passages and images for a question: by words, by meaning, by its entities, and all together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from retrieval.corpus import Corpus
from retrieval.fuse import RRF_DAMPING, fuse_ranks, fuse_scores
from retrieval.image_search import ImageSearch
from retrieval.lexical import LexicalIndex
from retrieval.types import Hit, HitSource, Image, Passage, TextEncoder, Vectors

__all__ = ["ENTITY_ITEMS", "NEAR", "Search"]

DEPTH = 50  # how many hits of each search are fused, at least
NEAR = 0.5
"""What an item linked to an entity near the question's counts for, beside 1 for each of these."""
ENTITY_ITEMS = 1000  # of the items linked to the question's entities, at most so many are ranked


class Search:
    """Searches one corpus. Any index may be None: the searches that need it then find nothing.

    Every search looks either for passages or, with `images=True`, for images, which are found by their captions
    and entities. Items that an index knows and the corpus does not are never returned.
    """

    def __init__(
        self,
        corpus: Corpus,
        lexical: LexicalIndex | None,
        vectors: Vectors | None,
        encoder: TextEncoder | None,
        pictures: ImageSearch | None = None,
    ) -> None:
        """Put the parts together.

        Args:
            corpus: The passages and images.
            lexical: Words of the passages and captions by item id.
            vectors: Vectors of the passages and captions by item id.
            encoder: What made these vectors; needed where `vectors` is given.
            pictures: Finds images by what they look like.

        Raises:
            ValueError: If the encoder is missing or is another than the vectors'.
        """
        if vectors is not None and (encoder is None or encoder.name != vectors.encoder):
            given = "none" if encoder is None else encoder.name
            raise ValueError(f"the vectors need the encoder {vectors.encoder}, got {given}")
        self._corpus = corpus
        self._lexical = lexical
        self._vectors = vectors
        self._encoder = encoder
        self.pictures = pictures or ImageSearch(corpus)

    def comparing_parts(self, count: int) -> Search:
        """Return the same search with late interaction over the first `count` images found by their looks.

        Raises:
            ValueError: If there are images with vectors whose encoder has no parts to compare.
        """
        pictures = self.pictures.comparing_parts(count)
        return Search(self._corpus, self._lexical, self._vectors, self._encoder, pictures)

    def search(
        self,
        text: str,
        *,
        entities: Sequence[str] = (),
        near: Sequence[str] = (),
        k: int = 10,
        images: bool = False,
        using: Iterable[HitSource] = ("bm25", "dense", "entity"),
        weights: Mapping[HitSource, float] | None = None,
    ) -> list[Hit]:
        """Return what the chosen searches find, fused.

        Args:
            text: The question.
            entities: IRIs of the entities it names.
            near: IRIs of entities that facts connect with these.
            k: How many hits at most; at least 1.
            images: Whether images are looked for instead of passages.
            using: Which searches take part.
            weights: How much the scores of each count (`retrieval.fuse.fuse_scores`); None fuses by rank.

        Returns:
            Hits with source "fused", best first; empty if nothing is found.

        Raises:
            ValueError: If `k` is below 1 or a search is unknown.
        """
        depth = max(k, DEPTH)
        runs = []
        for name in using:
            if name == "bm25":
                runs.append(self.by_bm25(text, k=depth, images=images))
            elif name == "dense":
                runs.append(self.by_dense(text, k=depth, images=images))
            elif name == "image":
                runs.append(self.pictures.by_text(text, k=depth) if images else [])
            elif name == "entity":
                runs.append(self.by_entity(text, entities=entities, near=near, k=depth, images=images))
            else:
                raise ValueError(f"unknown search {name!r}; known are bm25, dense, entity, image")
        return fuse_ranks(runs, k=k) if weights is None else fuse_scores(runs, weights, k=k, depth=depth)

    def by_bm25(self, text: str, *, k: int = 10, images: bool = False) -> list[Hit]:
        """Return the items that share words with `text`, by BM25."""
        if self._lexical is None:
            return []
        return self._hits(self._lexical.search(text, k=k, prefix=_prefix(images)), "bm25")

    def by_dense(self, text: str, *, k: int = 10, images: bool = False) -> list[Hit]:
        """Return the items whose meaning is nearest to that of `text`, by cosine."""
        if self._vectors is None or self._encoder is None or not text.strip():
            return []
        vector = self._encoder.encode([text])
        return self._hits(self._vectors.search(vector, k=k, prefix=_prefix(images))[0], "dense")

    def by_entity(
        self,
        text: str,
        *,
        entities: Sequence[str],
        near: Sequence[str] = (),
        k: int = 10,
        images: bool = False,
    ) -> list[Hit]:
        """Return the items linked to the given entities, and those linked to entities near them.

        They are ranked by three rankings fused: how many of the entities they are linked to and how often, words
        shared with `text`, and meaning.

        Args:
            text: The question; may be empty.
            entities: IRIs of entities; without any, nothing is found.
            near: IRIs of entities that facts connect with these.
            k: How many hits at most; at least 1.
            images: Whether images are looked for instead of passages.

        Returns:
            Hits with source "entity", best first; items linked to more of the entities always come first, and those
            linked to near ones only come last.
        """
        linked = self._linked(entities, images=images)
        beside = self._linked(near, images=images) if entities else {}
        counts = {**dict.fromkeys(beside, NEAR), **linked}
        if not counts:
            return []
        relevance = self._relevance(text, list(counts))
        best = sorted(counts, key=lambda item_id: (-counts[item_id], -relevance[item_id], item_id))[:k]
        return self._hits([(item_id, counts[item_id] + relevance[item_id]) for item_id in best], "entity")

    def _linked(self, entities: Sequence[str], *, images: bool) -> dict[str, float]:
        """Return the items linked to entities, with how many of these."""
        if not entities:
            return {}
        linked: dict[str, float] = {}
        for item_id, _, _ in self._corpus.items_of(entities, limit=ENTITY_ITEMS, prefix=_prefix(images)):
            linked[item_id] = linked.get(item_id, 0) + 1
        return linked

    def _relevance(self, text: str, ids: Sequence[str]) -> dict[str, float]:
        """Score linked items against a text: reciprocal ranks by words, meaning and mentions, below 1."""
        rankings: list[Sequence[str]] = [ids]
        if self._lexical is not None:
            found = self._lexical.search(text, k=len(ids), among=ids)
            rankings.append([item_id for item_id, _ in found])
        if self._vectors is not None and self._encoder is not None and text.strip():
            nearest = self._vectors.search(self._encoder.encode([text]), k=len(ids), among=ids)[0]
            rankings.append([item_id for item_id, _ in nearest])
        relevance = dict.fromkeys(ids, 0.0)
        for ranking in rankings:
            for rank, item_id in enumerate(ranking, start=1):
                relevance[item_id] += 1 / (RRF_DAMPING + rank)
        return relevance

    def _hits(self, found: Sequence[tuple[str, float]], source: HitSource) -> list[Hit]:
        """Fetch the items of scored ids."""
        scores = dict(found)
        items: list[Passage | Image] = self._corpus.get(list(scores))
        return [Hit(item, scores[item.id], rank, source) for rank, item in enumerate(items, start=1)]


def _prefix(images: bool) -> str:
    """Return what the ids of the wanted items begin with."""
    return "i:" if images else "p:"
