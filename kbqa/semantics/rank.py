"""Evidence of words and the learnt matcher together: one ranking of what a question may mean."""

from __future__ import annotations

from collections.abc import Callable, Collection, Container, Mapping, Sequence
from dataclasses import replace

from kbqa.semantics.asked import Asked
from kbqa.semantics.candidates import Candidate
from kbqa.semantics.form import Both, Counted, Except, Follow, Form, Members, Step, Thing, relations, things
from kbqa.semantics.paths import Path
from kbqa.types import Cue, CueKind, ParsedQuestion, Quantity
from kg.types import Iri, Link, Literal

__all__ = [
    "along_nouns",
    "beyond_noun",
    "chain_of",
    "done_by",
    "like_nouns",
    "may_be_chain",
    "of_asked_noun",
    "of_relations",
    "of_several",
    "rank",
]

Chain = tuple[Iri | Literal, tuple[Step, ...]]

# Operations that do not speak against a chain of relations; it cannot express the others.
_WITHIN_CHAINS: frozenset[CueKind] = frozenset({"count", "image", "measure", "same", "sort"})
_OF_SEVERAL: frozenset[CueKind] = frozenset({"and", "or", "comparative"})
_EXPLAINED, _WEAKEST = 0.75, 0.6
_SURE = -2.5  # log-likelihood, what speaks for the kind of answer included
_WORDS = 1.0
_LEARNT = 0.5
_NO_WORDS = 1.0
_NO_CHAIN = 4.0
_NOT_COUNTED = 2.0
_OTHER = (
    2.0  # chosen on development questions of WC2014 (1.5 is too little there) and GeoQuery (no difference)
)
_NOUN_LEFT, _STEP_MORE, _UNLIKE = 2.0, 0.75, 3.0
_WALKED = 0.5  # what chains that walk the nouns lose at most
_LIKE = 0.6  # likeness to a noun from which a relation may be what it means
_WHOLE, _CLEAR = 0.95, 0.75


def may_be_chain(parsed: ParsedQuestion, links: Sequence[Link], candidates: Sequence[Candidate]) -> bool:
    """Return whether a chain can be what is asked for; not so where words ask for another operation.

    Args:
        parsed: The question.
        links: What it mentions.
        candidates: What its words support; where they support nothing, a chain may be all that is left.
    """
    if parsed.expects == "image":
        return False
    names = [link.mention for link in links if link.candidates[0].kind == "entity"]

    def named(part: Cue | Quantity) -> bool:
        return any(name.start <= part.start and part.end <= name.end for name in names)

    # One name and no quantity: there is nothing to join or to compare it with.
    alone = len(names) == 1 and all(map(named, parsed.quantities))
    within = _WITHIN_CHAINS | _OF_SEVERAL if alone else _WITHIN_CHAINS
    return not candidates or all(cue.kind in within or named(cue) for cue in parsed.cues)


def rank(
    parsed: ParsedQuestion,
    candidates: Sequence[Candidate],
    paths: Sequence[Path],
    *,
    weight: float = 1.0,
    asked: Asked | None = None,
) -> list[Candidate]:
    """Return what both sides found, best first.

    Args:
        parsed: The question.
        candidates: What its words support, best first.
        paths: What the learnt matcher found, best first.
        weight: How much that counts, relative to the weights that are shipped.
        asked: What kind of thing is asked for.
    """
    if not paths or _read_otherwise(parsed, candidates, sure=weight > 1.0 and paths[0].score > _SURE):
        return list(candidates)
    likely = {(path.topic, path.steps): path for path in paths}
    top = candidates[0].score if candidates else 0.0
    likeliest = next((path.score for path in paths if path.stated), paths[0].score)
    ranked = []
    for candidate in candidates:
        path = likely.pop(chain, None) if (chain := chain_of(candidate.form)) else None
        learnt = path.score if path else likeliest - _NO_CHAIN
        score = _WORDS * (candidate.score - top) + _LEARNT * weight * learnt
        nearest = path.nearest * weight if path else 0.0
        form = _without_topic(candidate.form, path) if path else candidate.form
        ranked.append(
            replace(
                candidate,
                form=form,
                score=score,
                learnt=learnt,
                said=candidate.floating == 0 or candidate.explained >= _WHOLE,
                nearest=nearest,
                fits=path.fits if path else 0.0,
                linked=path.linked if path else 1.0,
            )
        )
    ranked += [_said_by_none(parsed, path, weight, asked) for path in likely.values()]
    if candidates and _counts_what_is_said(candidates[0]):
        ranked = [
            one
            if isinstance(one.form, Counted) or (one.said and one.explained >= _WHOLE)
            else replace(one, score=one.score - _NOT_COUNTED)
            for one in ranked
        ]
    ranked.sort(key=lambda candidate: -candidate.score)
    return ranked


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


def done_by(candidates: Sequence[Candidate], named: Sequence[Iri], *, weight: float = 1.0) -> list[Candidate]:
    """Return candidates in order again, those later that walk a verb from its object to its subject.

    "Who does Ada report to?" is not answered by those who report to her.

    Args:
        candidates: Best first.
        named: The relations that the verb names.
        weight: As of `of_asked_noun`.
    """

    def is_turned(one: Candidate) -> bool:
        found = chain_of(one.form)
        return found is not None and any(not step.forward and step.predicate in named for step in found[1])

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
        return not follows and not _is_said(one)

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
        if _is_said(one) or chain_of(one.form) is None
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


def _is_said(one: Candidate) -> bool:
    """Return whether words of the question say all of a candidate, clearly."""
    return one.said and one.floating == 0 and one.explained >= _WHOLE and one.weakest >= _CLEAR


def _counts_what_is_said(best: Candidate) -> bool:
    """Return whether words read the whole question as a count: "how many countries border …" asks for no population."""
    whole = best.explained >= _WHOLE and best.weakest >= _CLEAR
    return isinstance(best.form, Counted) and whole and not best.floating and not best.missing


def chain_of(form: Form) -> Chain | None:
    """Return the topic and steps of a form that is a chain, whatever class its members must have.

    >>> chain_of(Counted(Follow(Thing(Iri("w:France")), Step(Iri("w:borders"), True))))
    (Iri(value='w:France'), (Step(predicate=Iri(value='w:borders'), forward=True),))
    """
    match form:
        case Thing(term):
            return term, ()
        case Counted(source) | Both(Members(), source) | Both(source, Members()):
            return chain_of(source)
        case Except(source, excluded):
            # "other films of the same director": what the way came by does not count as its end.
            found, left_out = chain_of(source), chain_of(excluded)
            return found if found and left_out and _begins_with(found, left_out) else None
        case Follow(source, step):
            found = chain_of(source)
            return (found[0], (*found[1], step)) if found else None
        case _:
            return None


def _begins_with(chain: Chain, start: Chain) -> bool:
    return chain[0] == start[0] and chain[1][: len(start[1])] == start[1]


def _read_otherwise(parsed: ParsedQuestion, candidates: Sequence[Candidate], *, sure: bool) -> bool:
    """Return whether words read the question well as something that no chain can stand for."""
    if not candidates:
        return False
    best = candidates[0]
    several = len(set(things(best.form))) > 1 or bool(parsed.quantities)
    if best.explained < _EXPLAINED or (chain_of(best.form) is not None and not best.tied):
        return False
    # A matcher that was taught this graph knows better than words what one name and no number ask for.
    return several or (best.weakest >= _WEAKEST and not sure)


def _without_topic(form: Form, path: Path) -> Form:
    """Return a form whose way back does not lead to the topic itself: `path_form` says why."""
    if path.form in (form, plain := _chain_form(path)):
        return form
    return path.form if form == plain else Counted(path.form) if form == Counted(plain) else form


def _chain_form(path: Path) -> Form:
    form: Form = Thing(path.topic)
    for step in path.steps:
        form = Follow(form, step)
    return form


def _said_by_none(parsed: ParsedQuestion, path: Path, weight: float, asked: Asked | None) -> Candidate:
    """Return a chain that only the learnt matcher found as a candidate."""
    counts = any(cue.kind == "count" for cue in parsed.cues) and path.shape.kind in {"entity", "text"}
    # "Which team …?" is not answered by services, whatever leads there.
    astray = asked is not None and not counts and asked.is_other(path.shape)
    return Candidate(
        Counted(path.form) if counts else path.form,
        path.shape,
        _LEARNT * weight * path.score - _WORDS * _NO_WORDS,
        explained=0.0,
        weakest=0.0,
        floating=0,
        learnt=path.score,
        said=False,
        nearest=path.nearest * weight,
        fits=path.fits,
        linked=path.linked,
        unsaid=int(astray),
        astray=astray,
    )
