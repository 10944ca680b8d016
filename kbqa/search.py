"""Parsed question and links → passages and images."""

from __future__ import annotations

from collections.abc import Sequence

from kbqa.config import Config
from kbqa.fusion import shipped_fusion
from kbqa.semantics.remember import Remembered
from kbqa.types import Language, ParsedQuestion, Question
from kg.types import RDF_TYPE, Graph, Iri, Link
from retrieval.search import Search
from retrieval.types import Hit, HitSource

__all__ = ["EvidenceSearch", "linked_entities", "near_entities"]

_MAX_ENTITIES = 8
_REMEMBERED = 512  # questions' entities with those near them
_MAX_STARTS = 2  # entities whose neighbours are looked up
_MAX_NEAR = 64  # facts of each, in either direction


class EvidenceSearch:
    """Searches passages and images by words, vectors and linked entities, and fuses what they find.

    Passages by learnt weights of the scores; images, and passages without "fusion", by rank.
    """

    def __init__(
        self,
        search: Search,
        config: Config,
        languages: frozenset[Language] = frozenset({"en"}),
        *,
        graph: Graph | None = None,
        passages: bool = True,
        images: bool = True,
    ) -> None:
        """Prepare.

        Args:
            search: Finds passages and images.
            config: What is used.
            languages: Of which questions vectors are searched with.
            graph: Knows which entities are near those of a question; None where none are to be looked at.
            passages: Whether there are any, so that nothing is encoded in vain.
            images: Whether there are any.
        """
        self._languages = languages
        self._search = search
        self._config = config
        self._graph = graph if config.uses("graph") and config.uses("entities") else None
        self._known: Remembered[tuple[str, ...], tuple[str, ...]] = Remembered(_REMEMBERED)
        self._passages = passages and config.uses("passages")
        self._images = images and config.uses("images")

    def search(self, question: Question, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Hit]:
        """Return passages first, then images, each best first."""
        entities = linked_entities(links)
        hits: list[Hit] = []
        if self._passages:
            using = self._using(parsed)
            weights = shipped_fusion()[parsed.language] if self._config.uses("fusion") else None
            hits += self._search.search(
                parsed.text,
                entities=entities,
                near=self._near(entities),
                k=self._config.k,
                using=using,
                weights=weights,
            )
        if self._images and parsed.expects == "image":
            using = self._using(parsed)
            if self._config.uses("vectors"):
                using.append("image")
            hits += self._search.search(
                parsed.text, entities=entities, k=self._config.k, images=True, using=using
            )
        return hits

    def _near(self, entities: Sequence[str]) -> Sequence[str]:
        """Return the entities near some, remembered: a remote graph takes a call for each direction."""
        if self._graph is None:
            return ()
        key = tuple(entities[:_MAX_STARTS])
        known = self._known.get(key)
        if known is None:
            known = tuple(near_entities(self._graph, key))
            self._known.put(key, known)
        return known

    def _using(self, parsed: ParsedQuestion) -> list[HitSource]:
        using: list[HitSource] = ["bm25"]
        if self._config.uses("vectors") and parsed.language in self._languages:
            using.append("dense")
        if self._config.uses("entities"):
            using.append("entity")
        return using


def near_entities(graph: Graph, entities: Sequence[str]) -> list[str]:
    """Return the IRIs of entities that a fact connects with the first ones of some; of a hub's only some."""
    found: dict[str, None] = {}
    for iri in map(Iri, entities[:_MAX_STARTS]):
        facts = [
            *graph.triples(subject=iri, limit=_MAX_NEAR),
            *graph.triples(object=iri, limit=_MAX_NEAR),
        ]
        ends = [end for fact in facts if fact.predicate != RDF_TYPE for end in (fact.subject, fact.object)]
        found |= dict.fromkeys(end.value for end in ends if isinstance(end, Iri) and end != iri)
    return [iri for iri in found if iri not in entities]


def linked_entities(links: Sequence[Link]) -> list[str]:
    """Return the IRIs of the entities that a question names, the surest first."""
    terms = [
        candidate.term.value
        for link in links
        for candidate in link.candidates[:2]
        if candidate.kind == "entity" and isinstance(candidate.term, Iri)
    ]
    return list(dict.fromkeys(terms))[:_MAX_ENTITIES]
