"""Questions made up about the facts of a knowledge base, with the passages that they should find."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kg.text import has_cjk
from kg.types import RDF_TYPE, RDFS_LABEL, Iri, Term, Triple
from kg.verbalise import name_of, predicate_words
from retrieval.types import EntityLink, Passage

if TYPE_CHECKING:
    from random import Random

    from kbqa.pipeline import Sources

__all__ = ["FactQuestion", "FactQuestions"]

_MOST_FACTS = 48  # of an entity that one is chosen from
_MOST_RIGHT = 200  # entities that a fact holds of, whose passages are right
_LONGEST = 60  # characters of a value that is named in a question
_FORWARD = (
    "what is the {relation} of {thing}?",
    "{thing} {relation}?",
    "which {relation} does {thing} have?",
    "tell me the {relation} of {thing}",
    "{relation} {thing}?",
)
_BACK = (
    "what has the {relation} {thing}?",
    "{relation} {thing}?",
    "what is there with {relation} {thing}?",
    "which one is {relation} {thing}?",
    "what did {thing} {relation}?",
)
_FORWARD_ZH = ("{thing}的{relation}是什么？", "{thing}的{relation}？", "什么是{thing}的{relation}？")
_BACK_ZH = ("哪个的{relation}是{thing}？", "{relation}是{thing}的有哪些？", "{relation}为{thing}的是什么？")


@dataclass(frozen=True, slots=True)
class FactQuestion:
    """A question that a fact answers.

    Attributes:
        text: The question.
        passage: A passage about the entity that the fact is of.
        right: Ids of all passages about entities that such a fact is of.
        thing: IRI of what it names, "" where that is a value.
    """

    text: str
    passage: Passage
    right: frozenset[str]
    thing: str = ""


class FactQuestions:
    """Makes up questions: of a passage's entity, one end of a fact is named and the other asked for."""

    def __init__(self, sources: Sources, chance: Random) -> None:
        """Prepare to draw from all passages of a knowledge base."""
        self._sources = sources
        self._chance = chance
        self._passages = [passage for passage in sources.corpus.passages() if not passage.question]

    def draw(self, count: int) -> Iterator[FactQuestion]:
        """Yield at most so many questions, of as many passages, or of all."""
        chosen = self._chance.sample(self._passages, min(count, len(self._passages)))
        for passage in chosen:
            links = self._sources.corpus.entities_of([passage.id]).get(passage.id, [])
            question = self._about(passage, links)
            if question is not None:
                yield question

    def _about(self, passage: Passage, links: Sequence[EntityLink]) -> FactQuestion | None:
        """Return a question about the entity that a passage is about, else about one that it mentions."""
        whole = [link for link in links if link.end == 0 and not link.entity_id.startswith("urn:kbqa:")]
        if not links:
            return None
        about = Iri(self._chance.choice(whole or list(links)).entity_id)
        graph = self._sources.graph
        facts = [
            fact
            for fact in (
                *graph.triples(subject=about, limit=_MOST_FACTS),
                *graph.triples(object=about, limit=_MOST_FACTS),
            )
            if fact.predicate not in (RDF_TYPE, RDFS_LABEL)
        ]
        if not facts:
            return None
        fact = self._chance.choice(facts)
        forward = self._chance.random() < 0.5
        other = fact.object if fact.subject == about else fact.subject
        thing = about if forward else other
        text = self._worded(fact, thing, forward=forward)
        right = self._passages_about([about]) if forward else self._passages_about(self._like(fact, about))
        named = thing.value if isinstance(thing, Iri) else ""
        return FactQuestion(text, passage, right | {passage.id}, named) if text else None

    def _worded(self, fact: Triple, thing: Term, *, forward: bool) -> str:
        relation = predicate_words(fact.predicate, self._sources.names)
        name = name_of(thing, self._sources.names)
        if len(name) > _LONGEST:
            return ""
        chinese = has_cjk(relation) or has_cjk(name)
        ways = (_FORWARD_ZH if forward else _BACK_ZH) if chinese else (_FORWARD if forward else _BACK)
        return self._chance.choice(ways).format(relation=relation, thing=name)

    def _like(self, fact: Triple, about: Iri) -> list[Iri]:
        """Return the entities of which the same is said as of one."""
        graph, relation = self._sources.graph, fact.predicate
        if fact.subject == about:
            same = graph.triples(predicate=relation, object=fact.object, limit=_MOST_RIGHT)
            return [triple.subject for triple in same if isinstance(triple.subject, Iri)]
        if not isinstance(fact.subject, Iri):
            return [about]
        same = graph.triples(subject=fact.subject, predicate=relation, limit=_MOST_RIGHT)
        return [triple.object for triple in same if isinstance(triple.object, Iri)]

    def _passages_about(self, entities: Sequence[Iri]) -> frozenset[str]:
        found = self._sources.corpus.items_of(
            [entity.value for entity in entities], limit=_MOST_RIGHT, prefix="p:"
        )
        return frozenset(item for item, _, _ in found)
