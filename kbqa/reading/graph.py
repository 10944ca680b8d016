"""Answers out of query rows."""

from __future__ import annotations

from collections.abc import Sequence

from kbqa.semantics.form import Follow, Form
from kbqa.types import Answer, FactEvidence, Language, Reading
from kg.names import Names
from kg.types import XSD, Graph, Iri, Literal, Triple
from kg.verbalise import fact_in_words, literal_in_words, name_of

__all__ = ["GraphReader"]

_FACTS_EACH = 3
_TRUTH = {
    "en": {"true": "yes", "1": "yes", "false": "no", "0": "no"},
    "zh": {"true": "是", "1": "是", "false": "否", "0": "否"},
}
_UNIT_NAMES = ("unit", "unitText", "unitCode")


class GraphReader:
    """Turns the terms of the best reading into answers with names, units and proving facts."""

    def __init__(self, graph: Graph, names: Names) -> None:
        self._graph = graph
        self._names = names

    def read(self, readings: Sequence[Reading], language: Language) -> list[Answer]:
        """Return the answers of the best reading, in the order of the store; empty if there is none."""
        if not readings:
            return []
        best = readings[0]
        unit = self._unit(best.form)
        facts = [FactEvidence(fact, fact_in_words(fact, self._names, language)) for fact in best.facts]
        return [
            Answer(
                text=self._text(term, language) + (f" {unit}" if unit and isinstance(term, Literal) else ""),
                id=term.value if isinstance(term, Iri) else "",
                confidence=best.confidence,
                source="graph",
                evidence=tuple(_proving(facts, term)),
                sources=("graph",),
            )
            for term in best.terms
        ]

    def _text(self, term: Iri | Literal, language: Language) -> str:
        if isinstance(term, Iri):
            return name_of(term, self._names, language)
        if term.datatype == XSD + "boolean":
            return _TRUTH[language].get(term.value, term.value)
        return literal_in_words(term, language)

    def _unit(self, form: Form) -> str:
        """Return the unit that the graph states for the relation a form ends with, "" where it states none."""
        if not isinstance(form, Follow) or not form.step.forward:
            return ""
        for triple in self._graph.triples(form.step.predicate, None, None, limit=50):
            name = triple.predicate.value.replace("#", "/").rsplit("/", 1)[-1]
            if name in _UNIT_NAMES and isinstance(triple.object, Literal):
                return triple.object.value
        return ""


def _proving(facts: Sequence[FactEvidence], term: Iri | Literal) -> list[FactEvidence]:
    """Return the facts that hold a term; the first facts of all where none does (counts, yes and no)."""

    def holds(triple: Triple) -> bool:
        return term in (triple.subject, triple.object)

    return [fact for fact in facts if holds(fact.triple)][:_FACTS_EACH] or list(facts[:_FACTS_EACH])
