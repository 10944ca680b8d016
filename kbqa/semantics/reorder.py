"""What a question says of the things that it asks for, and the order of candidates by that."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import replace

from kbqa.semantics.candidates import Candidate
from kbqa.semantics.form import Step, relations
from kbqa.semantics.rank import chain_of, is_said
from kg.types import Iri, Literal

__all__ = [
    "along_nouns",
    "beyond_noun",
    "like_nouns",
    "not_walking",
    "of_asked_noun",
    "of_relations",
    "of_several",
]

_OTHER = (
    2.0  # chosen on development questions of WC2014 (1.5 is too little there) and GeoQuery (no difference)
)
_NOUN_LEFT, _STEP_MORE, _UNLIKE = 2.0, 0.75, 3.0
_WALKED = 0.5  # what chains that walk the nouns lose at most
_LIKE = 0.6  # likeness to a noun from which a relation may be what it means


def of_asked_noun(
    candidates: Sequence[Candidate], named: Sequence[Iri], *, weight: float = 1.0
) -> list[Candidate]:
    """Return candidates in order again, those later whose members are not what the question asks for.

    "Which club" asks for something that a relation with "club" in its name leads to, wherever else it is found.

    Args:
        candidates: Best first.
        named: The relations that have the noun in their names.
        weight: How much the learnt matcher counts, relative to the weights that are shipped.
    """
    ends = {Step(predicate, False) for predicate in named}

    def is_other(one: Candidate) -> bool:
        return one.shape.kind == "entity" and bool(one.shape.steps) and not ends & one.shape.steps

    moved = _later(candidates, is_other, weight) if ends else list(candidates)
    # "Which city is it hosted in?" is not answered by regions that have a city.
    leading = {Step(predicate, True) for predicate in named}
    return [
        replace(one, unsaid=one.unsaid + 1, astray=True)
        if is_other(one) and leading & one.shape.steps
        else one
        for one in moved
    ]


def beyond_noun(
    candidates: Sequence[Candidate], named: Sequence[Iri], *, weight: float = 1.0
) -> list[Candidate]:
    """Return candidates in order again, those later that end at what the question asks the place of.

    "Where is the club that …" is not answered by the club.

    Args:
        candidates: Best first.
        named: The relations that have the noun in their names.
        weight: As of `of_asked_noun`.
    """

    def is_other(one: Candidate) -> bool:
        found = chain_of(one.form)
        last = found[1][-1] if found and found[1] else None
        return last is not None and last.forward and last.predicate in named

    return _later(candidates, is_other, weight) if named else list(candidates)


def not_walking(
    candidates: Sequence[Candidate], named: Collection[Iri], *, forward: bool, weight: float = 1.0
) -> list[Candidate]:
    """Return candidates in order again, those later that walk some relations in one direction.

    "Who does Ada report to?" is not answered by those who report to her, nor "narrower terms" by a broader one.

    Args:
        candidates: Best first.
        named: The relations.
        forward: The direction in which they are not walked: from subjects to objects, or back.
        weight: As of `of_asked_noun`.
    """

    def is_turned(one: Candidate) -> bool:
        found = chain_of(one.form)
        steps = found[1] if found is not None else ()
        return any(step.forward is forward and step.predicate in named for step in steps)

    moved = [
        replace(one, score=one.score - weight * _OTHER, unsaid=one.unsaid + 1, astray=True)
        if is_turned(one)
        else one
        for one in candidates
    ]
    return sorted(moved, key=lambda one: -one.score)


def of_relations(
    candidates: Sequence[Candidate], named: Sequence[Iri], *, weight: float = 1.0
) -> list[Candidate]:
    """Return candidates in order again, those later that follow none of some relations, in either direction.

    What all words of the question say stays where it is.

    Args:
        candidates: Best first.
        named: The relations.
        weight: As of `of_asked_noun`.
    """

    def is_other(one: Candidate) -> bool:
        found = chain_of(one.form)
        follows = found is None or any(step.predicate in named for step in found[1])
        return not follows and not is_said(one)

    return _later(candidates, is_other, weight) if named else list(candidates)


def of_several(
    candidates: Sequence[Candidate], leads_to_one: Callable[[Step], bool], *, weight: float = 1.0
) -> list[Candidate]:
    """Return candidates in order again, those later that a relation of our own leads to one thing at most.

    "The cities in Utah" are not its capital, though it is a city, and "in" may mean many relations.

    Args:
        candidates: Best first.
        leads_to_one: Whether a step leads from nearly everything to one thing only.
        weight: As of `of_asked_noun`.
    """

    def is_single(one: Candidate) -> bool:
        found = chain_of(one.form)
        return one.floating > 0 and found is not None and bool(found[1]) and all(map(leads_to_one, found[1]))

    moved = [replace(one, score=one.score - weight * _OTHER) if is_single(one) else one for one in candidates]
    return sorted(moved, key=lambda one: -one.score)


def along_nouns(
    candidates: Sequence[Candidate],
    topics: Container[Iri | Literal],
    likeness: Sequence[Mapping[Iri, float]],
) -> list[Candidate]:
    """Return candidates in order again by how well the steps of chains are the nouns hung on their topic.

    "The profession of the father of Osk's wife" walks three relations, in this order; a relation may take more steps
    than its noun (a marriage, then who is in it), none takes fewer.

    Args:
        candidates: Best first.
        topics: What the name that the nouns hang on may be.
        likeness: For each noun, the nearest to the name first, how like it each relation's name is, in [0, 1].
    """

    def loss(one: Candidate) -> float | None:
        found = chain_of(one.form)
        if found is None or found[0] not in topics:
            return None
        steps = found[1]
        if len(steps) != len(likeness):
            return _NOUN_LEFT * max(0, len(likeness) - len(steps)) + _STEP_MORE * max(
                0, len(steps) - len(likeness)
            )
        return _UNLIKE * sum(
            max(like.values(), default=0.0) - like.get(step.predicate, 0.0)
            for step, like in zip(steps, likeness, strict=True)
        )

    moved = [
        one
        if less is None
        else replace(
            one, score=one.score - less, asked=one.asked or (less <= _WALKED and one.likeness >= _LIKE)
        )
        for one, less in ((one, loss(one)) for one in candidates)
    ]
    return sorted(moved, key=lambda one: -one.score)


def like_nouns(candidates: Sequence[Candidate], likeness: Sequence[Mapping[Iri, float]]) -> list[Candidate]:
    """Return candidates in the same order with how like their relations are to nouns of the question.

    A graph that has no relation for a noun still has one that is nearest to it: the currency for the GDP. What all words of
    the question say is not compared, nor what is no chain: "the largest city in France" is one of several.

    Args:
        candidates: Best first.
        likeness: For each noun, how like it each relation's name is, in [0, 1].
    """
    return [
        one
        if is_said(one) or chain_of(one.form) is None
        else replace(one, likeness=_mean_likeness(relations(one.form), likeness))
        for one in candidates
    ]


def _mean_likeness(walked: Collection[Iri], likeness: Sequence[Mapping[Iri, float]]) -> float:
    nearest = [max((like.get(iri, 0.0) for iri in walked), default=0.0) for like in likeness]
    return sum(nearest) / len(nearest)


def _later(
    candidates: Sequence[Candidate], is_other: Callable[[Candidate], bool], weight: float
) -> list[Candidate]:
    """Return candidates in order again, those later that are others; where all are, or none, it says nothing."""
    others = [is_other(one) for one in candidates]
    if all(others) or not any(others):
        return list(candidates)
    moved = [
        replace(one, score=one.score - weight * _OTHER) if other else replace(one, asked=True)
        for one, other in zip(candidates, others, strict=True)
    ]
    return sorted(moved, key=lambda one: -one.score)
