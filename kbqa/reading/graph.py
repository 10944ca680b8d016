"""Answers out of query rows."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from kbqa.semantics.form import Aggregate, Arithmetic, Follow, Form
from kbqa.semantics.units import unit_of
from kbqa.types import Answer, FactEvidence, Language, Reading
from kg.names import Names
from kg.same import Sameness
from kg.text import has_cjk
from kg.types import XSD, Blank, Graph, Iri, Literal, Term, Triple
from kg.verbalise import fact_in_words, literal_in_words, node_in_words

__all__ = ["GraphReader"]

_FACTS_EACH = 6
_FACTS_ASIDE = 3  # where none leads to the answer
_TRUTH = {
    "en": {"true": "yes", "1": "yes", "false": "no", "0": "no"},
    "zh": {"true": "是", "1": "是", "false": "否", "0": "否"},
}
# What is worked out has no more digits that mean something than about this many.
_DIGITS = 6


class GraphReader:
    """Turns the terms of the best reading into answers with names, units and proving facts."""

    def __init__(self, graph: Graph, names: Names, *, same: Sameness | None = None) -> None:
        """Prepare for one graph; `same` knows which IRIs of it are one thing."""
        self._graph = graph
        self._names = names
        self._same = same or Sameness(graph, ())

    def read(self, readings: Sequence[Reading], language: Language) -> list[Answer]:
        """Return the answers of the best reading, in the order of the store, and those of the guess, if there is one."""
        stated = [reading for reading in readings if not reading.guessed][:1]
        guesses = [reading for reading in readings if reading.guessed][:1]
        return [answer for reading in stated + guesses for answer in self._answers(reading, language)]

    def _answers(self, best: Reading, language: Language) -> list[Answer]:
        unit = self._unit(best.form)
        facts = self._facts(best.facts, language)
        others = self._same.others_of(term for term in best.terms if isinstance(term, Iri))
        summed = isinstance(best.form, Aggregate)
        worked_out = summed or isinstance(best.form, Arithmetic)
        shown = {
            term: self._shown(term, others[term] if isinstance(term, Iri) else (), language)
            for term in best.terms
        }
        labels = self._names.labels(
            [one for one in shown.values() if isinstance(one, Iri)], language=language
        )
        answers = []
        for term in best.terms:
            known = others[term] if isinstance(term, Iri) else ()
            one = shown[term]
            if isinstance(one, Iri):
                text = labels[one]
            else:
                text = _literal(_rounded(one) if worked_out else one, language)
            answers.append(
                Answer(
                    text=text + (f" {unit}" if unit and isinstance(term, Literal) else ""),
                    id=term.value if isinstance(term, Iri) else "",
                    confidence=best.confidence,
                    source="graph",
                    evidence=tuple(facts if summed else _shown_facts(term, facts, guessed=best.guessed)),
                    sources=("graph",),
                    same_as=tuple(other.value for other in known),
                    guessed=best.guessed,
                )
            )
        return answers

    def _facts(self, facts: Sequence[Triple], language: Language) -> list[FactEvidence]:
        """Return facts with the words for them; a node without a name is called by the fact that leads to it."""
        leading = {fact.object: fact for fact in facts if isinstance(fact.object, Blank)}
        told = {fact.subject for fact in facts if isinstance(fact.subject, Blank)}
        called: dict[Term, str] = {
            node: node_in_words(fact, self._names, language)
            for node, fact in leading.items()
            if isinstance(fact.subject, Iri)
        }
        return [
            FactEvidence(
                fact, fact_in_words(fact, self._names, language, subject=called.get(fact.subject, ""))
            )
            for fact in facts
            if fact.object not in told
        ]

    def _shown(self, term: Iri | Literal, others: Sequence[Iri], language: Language) -> Iri | Literal:
        """Return the IRI of a thing whose name is in the reader's language, the term itself before others."""
        if not isinstance(term, Iri) or not others:
            return term
        return min((term, *others), key=lambda iri: not self._speaks(iri, language))

    def _speaks(self, iri: Iri, language: Language) -> bool:
        """Return whether a thing has a name in a language: one that says so, or one in its script."""
        names = self._names.of(iri)
        if any(name.language for name in names):
            return any(name.language.split("-")[0] == language for name in names)
        return has_cjk(self._names.label(iri)) == (language == "zh")

    def _unit(self, form: Form) -> str:
        """Return the unit that the graph states for the relation a form ends with, "" where it states none."""
        match form:
            case Follow(_, step) | Aggregate(_, _, step) if step.forward:
                return unit_of(self._graph, step.predicate)
            case Arithmetic("difference" | "distance", left):
                return self._unit(left)
            case _:
                return ""


def _literal(term: Literal, language: Language) -> str:
    if term.datatype == XSD + "boolean":
        return _TRUTH[language].get(term.value, term.value)
    return literal_in_words(term, language)


def _rounded(term: Literal) -> Literal:
    """Return a number with as many digits after the point as mean something: 30.9922, not 30.99220040."""
    if not term.is_number:
        return term
    value = Decimal(term.value)
    if not value.is_finite() or value == value.to_integral_value():
        return term
    digits = max(0, _DIGITS - 1 - value.adjusted())
    return Literal(f"{value:.{digits}f}", XSD + "decimal")


def _shown_facts(
    term: Iri | Literal, facts: Sequence[FactEvidence], *, guessed: bool
) -> Sequence[FactEvidence]:
    """Return the facts that lead to an answer, or the first ones where none holds it, as for a count."""
    proof = [] if guessed else _proof(term, facts)
    return proof[:_FACTS_EACH] if proof else facts[:_FACTS_ASIDE]


def _proof(term: Iri | Literal, facts: Sequence[FactEvidence]) -> list[FactEvidence]:
    """Return the facts that hold a term and those that lead on from them to what the question named.

    Facts that prove other answers do not lead on: they say the same of another thing. Empty where no fact holds the term, as
    none holds a count or a truth.
    """
    proof = [one for one in facts if term in _ends(one)]
    near: set[Term] = {end for one in proof for end in _ends(one)}
    while found := [
        one
        for one in facts
        if near.intersection(_ends(one)) and not any(_is_like(one, other) for other in proof)
    ]:
        first = found[0]
        proof.append(first)
        near.update(_ends(first))
    return proof


def _ends(fact: FactEvidence) -> tuple[Term, Term]:
    return fact.triple.subject, fact.triple.object


def _is_like(one: FactEvidence, other: FactEvidence) -> bool:
    """Return whether two facts say the same of one thing, or of two."""
    return one.triple.predicate == other.triple.predicate and any(
        one_end == other_end for one_end, other_end in zip(_ends(one), _ends(other), strict=True)
    )
