"""Readings whose answers the graph does not state, guessed along a chain of relations."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.compile import to_query
from kbqa.semantics.completion import Completion, Guess, load_completion
from kbqa.semantics.confidence import confidence_of, signs_of
from kbqa.semantics.form import Counted, Step
from kbqa.semantics.rank import chain_of
from kbqa.semantics.walks import fact_of
from kbqa.semantics.words import NameOf, in_words
from kbqa.types import Language, Reading
from kg.query import render
from kg.same import Sameness
from kg.taxonomy import Taxonomy
from kg.types import Graph, Iri, Literal

__all__ = ["Guesser", "guessed_ends"]

_EACH = 3  # guesses at one step from one place
_PLACES = 30  # likeliest places that a chain goes on from
_FROM = (
    3  # likeliest of these from which a step is guessed where it is not stated; each guess takes some 20 ms
)
_SHOWN = 3
_LEAST = 0.1  # probability of a guess that is worth telling
_NEAR = 0.5  # of the first guess's probability, that another must have to be told too


class Guesser:
    """Guesses what a chain leads to; the model is read when the first question needs it."""

    def __init__(
        self, graph: Graph, folder: Path, *, same: Sameness, taxonomy: Taxonomy | None = None
    ) -> None:
        """Prepare for one graph.

        Args:
            graph: The facts.
            folder: Of the completion model that was trained on it.
            same: Knows which IRIs are one thing.
            taxonomy: How the graph says what things are; None by rdf:type alone.
        """
        self._graph = graph
        self._folder = folder
        self._same = same
        self._taxonomy = taxonomy or Taxonomy()

    @cached_property
    def _completion(self) -> Completion:
        return load_completion(self._folder, self._graph)

    def reading(
        self,
        candidates: Sequence[Candidate],
        readings: Sequence[Reading],
        name_of: NameOf,
        *,
        language: Language,
    ) -> Reading | None:
        """Return what the best candidate leads to by a guess, where it fits better than any reading with answers.

        Raises:
            ModelError: If the completion model cannot be read.
        """
        if not candidates or (readings and readings[0].score >= candidates[0].score):
            return None
        best = candidates[0]
        chain = chain_of(best.form)
        if chain is None or not chain[1] or isinstance(best.form, Counted):
            return None
        guesses = guessed_ends(self._completion, *chain)
        if not guesses or guesses[0].probability < _LEAST:
            return None
        lead = best.score - max((other.score for other in candidates[1:2]), default=best.score)
        told = [one for one in guesses[:_SHOWN] if one.probability >= _NEAR * guesses[0].probability]
        query = to_query(best.form, same=self._same.predicates, taxonomy=self._taxonomy)
        return Reading(
            form=best.form,
            sparql=render(query, prefixes=self._graph.prefixes),
            short=render(query, prefixes=self._graph.prefixes, declare=False),
            words=in_words(best.form, name_of, language=language),
            score=best.score,
            confidence=confidence_of(best, lead=lead) * guesses[0].probability,
            operation="select",
            terms=tuple(one.term for one in told),
            facts=guesses[0].facts,
            signs=signs_of(best, lead=lead) if best.learnt is not None else {},
            guessed=True,
        )


def guessed_ends(completion: Completion, topic: Iri | Literal, steps: Sequence[Step]) -> list[Guess]:
    """Return what a chain may lead to, the likeliest first, where the graph does not state all of its steps.

    What is stated is followed as it is; where nothing is, the likeliest guesses are. An end that several ways lead to
    is as likely as that one of them is right. Empty where every step is stated, or one can be neither followed
    nor guessed.
    """
    places: Mapping[Iri | Literal, Guess] = {topic: Guess(topic, 1.0, ())}
    is_guess = False
    for step in steps:
        reached: dict[Iri | Literal, Guess] = {}
        unstated = 0
        for place in places.values():
            ends = completion.stated(place.term, step)
            unstated += not ends
            guesses = () if ends or unstated > _FROM else completion.guesses(place.term, step, k=_EACH)
            is_guess = is_guess or bool(guesses)
            for end in ends:
                fact = fact_of(place.term, step, end)
                _reach(reached, place, Guess(end, 1.0, (fact,) if fact is not None else ()))
            for guess in guesses:
                _reach(reached, place, guess)
        likely = sorted(reached.values(), key=lambda one: -one.probability)[:_PLACES]
        places = {one.term: one for one in likely}
    return [one for one in places.values() if one.term != topic] if is_guess else []


def _reach(reached: dict[Iri | Literal, Guess], place: Guess, end: Guess) -> None:
    """Enter an end that is reached from a place: by this way, or by one of those that are known."""
    probability = place.probability * end.probability
    known = reached.get(end.term)
    if known is None:
        reached[end.term] = Guess(end.term, probability, tuple(dict.fromkeys(place.facts + end.facts)))
    else:
        reached[end.term] = replace(known, probability=1 - (1 - known.probability) * (1 - probability))
