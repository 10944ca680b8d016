"""How well the parts of an answer are found: entities, relations, and the structure of the query.

They are compared with the gold query of each question, and need no gold answers. A question whose gold query
cannot be read counts nowhere here; one that was not understood at all counts as wrong everywhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from typing import Protocol

from kbqa.evaluation.closed import iri_key
from kbqa.evaluation.gold import Gold, Operation, is_name
from kbqa.evaluation.items import Item
from kbqa.evaluation.metrics import Metric, f1, hits_at_1, precision, ratio, recall, recall_at_k
from kbqa.pipeline import Sources
from kbqa.semantics.form import Form, Having, Step, Thing
from kbqa.semantics.learnt import LearntMatcher
from kbqa.semantics.matcher import RelationMatcher
from kbqa.semantics.shape import Shapes
from kbqa.types import Language, ParsedQuestion, Result, Token
from kg.types import RDF_TYPE, Iri, Link, Literal

__all__ = [
    "PART_COLUMNS",
    "PART_METRICS",
    "LearntRanker",
    "Parts",
    "RelationRanker",
    "Structure",
    "WordRanker",
    "structure_of",
]

NEAR = 5  # the k of recall@k of relations
_MAX_WORDS = 3
_MAX_VECTOR_WORDS = 2
_VECTOR_WEIGHT = 0.8  # what a similar vector says less than shared words
_LONGER = 0.5  # what each further word adds to the score of a phrase


class RelationRanker(Protocol):
    """What orders the relations of a graph by how well they fit a question."""

    def rank(self, parsed: ParsedQuestion, links: Sequence[Link]) -> Sequence[Iri]:
        """Return relations, each once, the likeliest first."""
        ...


class WordRanker:
    """Ranks relations by their best match with a phrase of the question, entities left out."""

    def __init__(self, sources: Sources, languages: frozenset[Language]) -> None:
        """Prepare for one knowledge base; vectors are matched for questions in `languages`."""
        predicates = [one.iri for one in sources.schema.predicates]
        wanted = [iri for iri in predicates if iri != RDF_TYPE and not is_name(iri.value)]
        self._languages = languages
        self._matcher = RelationMatcher(
            wanted, sources.names, sources.encoder if languages else None, vectors=sources.relation_vectors
        )

    def rank(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Iri]:
        """Return the relations that some phrase fits, the likeliest first."""
        best: dict[Iri, float] = {}
        for predicate, score in self._scored(parsed, list(_phrases(parsed, links))):
            best[predicate] = max(best.get(predicate, 0.0), score)
        return sorted(best, key=lambda iri: (-best[iri], iri.value))

    def _scored(
        self, parsed: ParsedQuestion, phrases: Sequence[tuple[str, list[str]]]
    ) -> Iterator[tuple[Iri, float]]:
        for _, content in phrases:
            for match in self._matcher.by_words(content):
                yield match.predicate, match.score * _weight(content)
        if parsed.language == "zh":
            for start, end, match in self._matcher.in_chinese(parsed.text):
                yield match.predicate, match.score * (end - start)
        if parsed.language in self._languages:
            near = [phrase for phrase in phrases if len(phrase[1]) <= _MAX_VECTOR_WORDS]
            found = self._matcher.by_vectors([text for text, _ in near])
            for (_, content), matches in zip(near, found, strict=True):
                for match in matches:
                    yield match.predicate, match.score * _weight(content) * _VECTOR_WEIGHT


class LearntRanker:
    """Ranks relations by the learnt matcher, and where it has no weights for the encoder, by words."""

    def __init__(self, sources: Sources, languages: frozenset[Language]) -> None:
        """Prepare for one knowledge base, as `WordRanker` does."""
        shapes = Shapes(sources.graph, sources.schema)
        self._learnt = LearntMatcher(
            sources.matcher, sources.encoder, shapes, sources.names, vectors=sources.relation_vectors
        )
        self._words = WordRanker(sources, languages)

    def rank(self, parsed: ParsedQuestion, links: Sequence[Link]) -> list[Iri]:
        """Return the relations of the graph, the likeliest first."""
        return self._learnt.relations(parsed, links) or self._words.rank(parsed, links)


@dataclass(frozen=True, slots=True)
class Structure:
    """The shape of a query: what it does, how many entities it names, how many relations it walks."""

    operation: Operation | str
    entities: int
    links: int


def structure_of(form: Form) -> Structure:
    """Return the shape of a logical form.

    >>> from kbqa.semantics.form import Counted, Follow
    >>> structure_of(Counted(Follow(Thing(Iri("w:France")), Step(Iri("w:borders"), True))))
    Structure(operation='count', entities=1, links=1)
    """
    parts = list(_parts(form))
    kinds = {type(part).__name__ for part in parts}
    operation = next((name for name, forms in _OPERATIONS.items() if kinds & forms), "select")
    if operation == "filter" and any(_compares(part) for part in parts):
        operation = "comparison"
    entities = {part.term for part in parts if isinstance(part, Thing) and isinstance(part.term, Iri)}
    return Structure(operation, len(entities), sum(isinstance(part, Step) for part in parts))


_OPERATIONS: Mapping[Operation, frozenset[str]] = {
    "ask": frozenset({"Holds", "Exists"}),
    "superlative": frozenset({"Extreme", "MostLinks"}),
    "count": frozenset({"Counted"}),
    "negation": frozenset({"Lacks", "Except"}),
    "filter": frozenset({"Having", "HavingCount", "HavingOwn"}),
}


class Parts:
    """Scores what a result says on the way to its answers."""

    def __init__(self, ranker: RelationRanker) -> None:
        """Prepare; `ranker` is what is measured as relation linking."""
        self._ranker = ranker

    def scores(self, item: Item, result: Result | None) -> dict[str, float]:
        """Return what one question adds to each of `PART_COLUMNS`; a `result` of None is a failure."""
        gold = item.gold
        if gold is None:
            return dict.fromkeys(PART_COLUMNS, 0.0)
        found = {**self._entities(gold, result), **self._relations(gold, result), **_structure(gold, result)}
        return {name: found.get(name, 0.0) for name in PART_COLUMNS}

    def _entities(self, gold: Gold, result: Result | None) -> dict[str, float]:
        links = [link for link in result.links if link.candidates[0].kind == "entity"] if result else []
        linked = list(dict.fromkeys(iri_key(link.candidates[0].term.value) for link in links))
        wanted = {iri_key(iri) for iri in gold.entities}
        offered = list(dict.fromkeys(iri_key(one.term.value) for link in links for one in link.candidates))
        return {
            "entity_known": 1.0,
            "entity_hits@1": hits_at_1(linked, wanted),
            "entity_precision": precision(linked, wanted),
            "entity_recall": recall(linked, wanted),
            "entity_f1": f1(linked, wanted),
            "entity_offered": recall(offered, wanted),
        }

    def _relations(self, gold: Gold, result: Result | None) -> dict[str, float]:
        if not gold.relations:
            return {}
        ranked = self._ranker.rank(result.parsed, result.links) if result else []
        keys = [iri_key(iri.value) for iri in ranked]
        wanted = {iri_key(iri) for iri in gold.relations}
        return {
            "relation_known": 1.0,
            "relation_hits@1": hits_at_1(keys, wanted),
            f"relation_recall@{NEAR}": recall_at_k(keys, wanted, k=NEAR),
        }


def _structure(gold: Gold, result: Result | None) -> dict[str, float]:
    if not gold.operation:
        return {}
    best = structure_of(result.readings[0].form) if result and result.readings else Structure("", -1, -1)
    equal = {
        "operation": best.operation == gold.operation,
        "entity_count": best.entities == len(gold.entities),
        "relation_count": best.links == gold.links,
    }
    return {
        "structure_known": 1.0,
        "understood": float(bool(best.operation)),
        **{name: float(same) for name, same in equal.items()},
        "structure": float(all(equal.values())),
    }


def _parts(value: object) -> Iterator[object]:
    """Yield a form with everything in it."""
    if is_dataclass(value) and not isinstance(value, type):
        yield value
        for one in fields(value):
            yield from _parts(getattr(value, one.name))


def _compares(part: object) -> bool:
    """Return whether a form compares values of the graph with each other."""
    return isinstance(part, Having) and not isinstance(part.bound, Literal)


def _phrases(parsed: ParsedQuestion, links: Sequence[Link]) -> Iterator[tuple[str, list[str]]]:
    """Yield stretches of up to three words outside of entities: (text, dictionary forms of content words)."""
    taken = [link.mention for link in links if link.candidates[0].kind == "entity"]

    def is_free(token: Token) -> bool:
        return all(token.end <= mention.start or token.start >= mention.end for mention in taken)

    tokens = parsed.tokens
    for first in range(len(tokens)):
        for last in range(first, min(first + _MAX_WORDS, len(tokens))):
            words = tokens[first : last + 1]
            content = [token.lemma for token in words if not token.function]
            if not is_free(words[-1]):
                break
            if content and is_free(words[0]) and not words[0].function and not words[-1].function:
                yield parsed.text[words[0].start : words[-1].end].lower(), content


def _weight(content: Sequence[str]) -> float:
    return 1.0 + _LONGER * (len(content) - 1)


def _of_known(known: str) -> Callable[[str], Metric]:
    return lambda name: Metric(name, (name, known), ratio)


PART_METRICS = (
    *map(
        _of_known("entity_known"),
        ("entity_hits@1", "entity_precision", "entity_recall", "entity_f1", "entity_offered"),
    ),
    *map(_of_known("relation_known"), ("relation_hits@1", f"relation_recall@{NEAR}")),
    *map(
        _of_known("structure_known"),
        ("understood", "operation", "entity_count", "relation_count", "structure"),
    ),
)
PART_COLUMNS = tuple(dict.fromkeys(column for metric in PART_METRICS for column in metric.columns))
