"""Passages → facts, in words, about what they mention: the neighbourhood of their entities in the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

from kbqa.encoders.sentence_tree import MAX_BRANCHES
from kbqa.reading.windows import Meanings, TextEntity, TextFact
from kbqa.search import linked_entities
from kbqa.semantics.remember import Remembered
from kbqa.types import ParsedQuestion
from kg.names import Names
from kg.text import has_cjk, normalise
from kg.types import RDF_TYPE, RDFS_LABEL, Graph, Iri, Link, Literal, Name, Triple
from kg.verbalise import name_of, predicate_words
from retrieval.corpus import Corpus
from retrieval.types import EntityLink, Floats, Passage, TextEncoder

__all__ = ["Neighbourhood"]

_MOST_ENTITIES, _MOST_REMOTE = 24, 4  # that are looked up for a question; each costs a remote graph two calls
_MOST_FACTS = 48  # of an entity, in either direction, that are ranked
_MOST_MEANINGS = 4  # of a name
_REMEMBERED = 512  # entities with their facts
_UNTOLD = frozenset({RDF_TYPE.value, RDFS_LABEL.value})
_TO_ASKED = 1.0  # of the score, for a fact that leads to what the question names


class Neighbourhood:
    """Finds the facts about what passages mention that are nearest to a question.

    A fact comes first where it leads to an entity that the question names, then by the words that it shares with the
    question and by the likeness of its relation to the question. (K-BERT's published code takes any two.)
    """

    def __init__(
        self,
        graph: Graph,
        names: Names,
        corpus: Corpus,
        *,
        vectors: Mapping[str, Floats] | None = None,
        encoder: TextEncoder | None = None,
    ) -> None:
        """Prepare.

        Args:
            graph: Whose facts are told.
            names: Its names.
            corpus: Knows which entities passages mention.
            vectors: Of predicate names.
            encoder: Of the same space, for questions; without it words alone rank facts.
        """
        self._graph = graph
        self._names = names
        self._corpus = corpus
        self._vectors = vectors or {}
        self._encoder = encoder
        self._known: Remembered[str, tuple[Triple, ...]] = Remembered(_REMEMBERED)

    def facts(
        self, parsed: ParsedQuestion, links: Sequence[Link], passages: Sequence[Passage]
    ) -> dict[str, list[TextFact]]:
        """Return facts about what each passage mentions, by the passage's id, the most useful first.

        A passage without any is absent. At most 24 entities are looked up, 4 if the graph is remote: those that most of
        the passages mention.
        """
        mentioned = self._corpus.entities_of([passage.id for passage in passages])
        asked = set(linked_entities(links))
        ranked = {entity: self._ranked(parsed, entity, asked) for entity in self._looked_up(mentioned, asked)}
        found = {}
        for item, linked in mentioned.items():
            facts = [
                (rank, TextFact(link.start, link.end, text))
                for link in linked
                for rank, text in enumerate(ranked.get(link.entity_id, ()))
            ]
            if facts:
                found[item] = [fact for _, fact in sorted(facts, key=lambda one: one[0])]
        return found

    def entities(self, passages: Sequence[Passage]) -> dict[str, list[TextEntity]]:
        """Return the entities that each passage mentions, by the passage's id; one without any is absent.

        Their place is 0 to 0 where the passage as a whole is about them.
        """
        found = self._corpus.entities_of([passage.id for passage in passages])
        return {
            item: [TextEntity(link.start, link.end, link.entity_id) for link in links]
            for item, links in found.items()
        }

    def candidates(self, passages: Sequence[Passage]) -> dict[str, list[TextEntity]]:
        """Return the same with all that each name may mean: at most 4 entities, by how many facts each takes part in.

        A passage that is as a whole about an entity names it by its title.
        """
        found = self.entities(passages)
        texts = {
            (passage.id, one.start, one.end): passage.text[one.start : one.end] or passage.title
            for passage in passages
            for one in found.get(passage.id, ())
        }
        named = self._names.find_exact(list(dict.fromkeys(texts.values())))
        meant = {text: _entities_of(names) for text, names in named.items()}
        degrees = self._names.degrees(list({iri for iris in meant.values() for iri in iris}))
        return {
            item: [
                replace(
                    one, meanings=_meanings(one.iri, meant.get(texts[item, one.start, one.end], ()), degrees)
                )
                for one in entities
            ]
            for item, entities in found.items()
        }

    def _looked_up(self, mentioned: Mapping[str, Sequence[EntityLink]], asked: set[str]) -> list[str]:
        counts: dict[str, int] = {}
        for links in mentioned.values():
            for entity in {link.entity_id for link in links}:
                counts[entity] = counts.get(entity, 0) + 1
        most = _MOST_REMOTE if self._graph.remote else _MOST_ENTITIES
        return sorted(counts, key=lambda entity: (entity not in asked, -counts[entity], entity))[:most]

    def _ranked(self, parsed: ParsedQuestion, entity: str, asked: set[str]) -> list[str]:
        """Return the most useful facts about an entity in words, each once."""
        words = [token.lemma for token in parsed.tokens if not token.function]
        scored = []
        for triple in self._triples(entity, asked - {entity}):
            other = triple.object if triple.subject.value == entity else triple.subject
            relation = predicate_words(triple.predicate, self._names, parsed.language)
            text = self._words(triple, entity, relation, parsed.language)
            shared = sum(word in normalise(text) for word in words) / max(1, len(words))
            near = _TO_ASKED * (isinstance(other, Iri) and other.value in asked)
            scored.append((near + shared + self._likeness(parsed, relation), text))
        best = sorted(dict.fromkeys(scored), key=lambda one: (-one[0], one[1]))
        return list(dict.fromkeys(text for _, text in best))[:MAX_BRANCHES]

    def _triples(self, entity: str, asked: set[str]) -> list[Triple]:
        known = self._known.get(entity)
        if known is None:
            known = tuple(self._read(entity))
            self._known.put(entity, known)
        about = Iri(entity)
        # A hub has more facts than are ranked; those that lead to what the question names are looked for by name.
        direct = [
            triple
            for other in sorted(asked)[:_MOST_REMOTE]
            if not self._graph.remote
            for one, two in ((about, Iri(other)), (Iri(other), about))
            for triple in self._graph.triples(one, None, two, limit=2)
        ]
        return [*direct, *known]

    def _read(self, entity: str) -> Iterator[Triple]:
        about = Iri(entity)
        for found in (
            self._graph.triples(subject=about, limit=_MOST_FACTS),
            self._graph.triples(object=about, limit=_MOST_FACTS),
        ):
            yield from (triple for triple in found if triple.predicate.value not in _UNTOLD)

    def _words(self, triple: Triple, entity: str, relation: str, language: str) -> str:
        """Return the fact without the entity that it hangs on."""
        chinese = has_cjk(relation)
        if triple.subject.value == entity:
            value = name_of(triple.object, self._names, language)
            return f"{relation}是{value}" if chinese else f"{relation} {value}"
        subject = name_of(triple.subject, self._names, language)
        return f"{subject}的{relation}" if chinese else f"{subject} {relation}"

    def _likeness(self, parsed: ParsedQuestion, relation: str) -> float:
        vector = self._vectors.get(relation)
        if vector is None or self._encoder is None:
            return 0.0
        return float(vector @ self._encoder.encode([parsed.text])[0])


def _entities_of(names: Sequence[Name]) -> list[Iri]:
    """Return the different entities among the bearers of a name, in order."""
    found = (name.term for name in names if name.kind == "entity" and isinstance(name.term, Iri))
    return list(dict.fromkeys(found))


def _meanings(iri: str, bearers: Sequence[Iri], degrees: Mapping[Iri | Literal, int]) -> Meanings:
    """Return what a name may mean, the entity itself first, with the share of facts that each takes part in.

    >>> _meanings("urn:a", [Iri("urn:a"), Iri("urn:b")], {Iri("urn:a"): 2, Iri("urn:b"): 6})
    (('urn:a', 0.3), ('urn:b', 0.7))
    """
    among = list(dict.fromkeys([Iri(iri), *bearers]))[:_MOST_MEANINGS]
    facts = [1 + degrees.get(one, 0) for one in among]
    return tuple((one.value, count / sum(facts)) for one, count in zip(among, facts, strict=True))
